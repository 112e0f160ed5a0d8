"""Each claim of the documentation as a command."""
