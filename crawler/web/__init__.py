"""The archive for people: pages over a local view of it, served or written as a static site."""
