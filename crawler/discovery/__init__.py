"""From what a source publishes (feeds, sitemaps, section pages) to the links of its articles."""

from crawler.discovery.failure import DiscoveryError
from crawler.discovery.feeds import feed_links
from crawler.discovery.sections import section_links
from crawler.discovery.sitemaps import Sitemap, sitemap_links

__all__ = ["DiscoveryError", "Sitemap", "feed_links", "section_links", "sitemap_links"]
