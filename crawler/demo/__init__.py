"""The built-in demonstration news sites: real HTTP on loopback, every page known exactly.

`breachwire demo` crawls them, and the end-to-end tests check a crawl against `DemoWeb.expected`.
"""

from crawler.demo.sites import DemoSite, ExpectedPage
from crawler.demo.web import DemoWeb

__all__ = ["DemoSite", "DemoWeb", "ExpectedPage"]
