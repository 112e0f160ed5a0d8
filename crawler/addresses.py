"""Only public addresses: no page, redirect or DNS answer makes the crawler ask inside the user's own network."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError, IgnoreRequest
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from crawler.config import Config, load_config
from pipelines.urls import is_web

_UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given to networks; outside lie local addresses, and forms that wrap one of IPv4."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class RefusedAddress(IgnoreRequest):
    """A request that must not leave: to an address that is not public, or to a public one without a contact."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public Internet, also when it is wrapped in another.

    >>> [is_public(a) for a in ("8.8.8.8", "127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::7f00:1")]
    [True, False, False, False, False]
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        teredo = ip.teredo[1] if ip.teredo else None
        inner = [i for i in (ip.ipv4_mapped, ip.sixtofour, teredo) if i is not None]
        if ip in _NAT64:
            inner.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        if not all(is_public(str(i)) for i in inner) or not (ip in _UNICAST or ip in _NAT64 or ip.ipv4_mapped):
            return False
    return ip.is_global and not ip.is_multicast


def literal_address(host: str) -> str | None:
    """The IP address that a host is in any spelling a resolver takes, or None for a name.

    >>> [literal_address(h) for h in ("127.1", "0x7f000001", "2130706433", "[::1]", "a.example")]
    ['127.0.0.1', '127.0.0.1', '127.0.0.1', '::1', None]
    """
    bare = host.strip("[]").rstrip(".")
    try:
        return str(ipaddress.ip_address(bare.partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(bare))
    except (OSError, ValueError):
        return None


class PublicOnlyMiddleware:
    """Refuses other schemes, credentials in a URL, and IP addresses that are not public; sees each redirect too.
    Without a contact it refuses all but the addresses allowed by name."""

    def __init__(self, allowed: frozenset[str], contact: str | None) -> None:
        self._allowed = allowed
        self._contact = contact

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(allowed_of(crawler), crawler.settings["BREACHWIRE_CONTACT"])

    def process_request(self, request: Request) -> None:
        if not is_web(request.url):
            raise RefusedAddress(f"not a plain http(s) URL: {request.url[:200]}")
        host = urlsplit(request.url).hostname or ""
        address = literal_address(host)
        if address in self._allowed:
            return
        if address is not None and not is_public(address):
            raise RefusedAddress(f"private address: {address}; allow it with [crawl] allow_private if you mean it")
        if self._contact is None:
            raise RefusedAddress(f"no contact to give to {host}; set [crawl] contact")

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Twisted tells a name that the resolver refused as one that is not there."""
        from twisted.internet import reactor

        host = urlsplit(request.url).hostname or ""
        resolver = getattr(reactor, "resolver", None)
        if isinstance(exception, CannotResolveHostError) and host in getattr(resolver, "refused", ()):
            raise RefusedAddress(f"private address behind {host}") from exception


def allowed_of(crawler: Crawler) -> frozenset[str]:
    """The private addresses that the user allows by name."""
    # Under `scrapy crawl` the resolver is made of the process's settings, before a spider has added its own.
    config: Config = crawler.settings["BREACHWIRE_CONFIG"] or load_config()
    return frozenset(config.crawl.allow_private)


class PublicOnlyResolver(CachingThreadedResolver):
    """Resolves names to public addresses only. The address checked is the one connected to, so a name that answers
    differently the second time (DNS rebinding) does not get by."""

    def __init__(self, reactor: ReactorBase, cache_size: int, timeout: float, allowed: frozenset[str]) -> None:
        super().__init__(reactor, cache_size, timeout)
        self._allowed = allowed
        self.refused: set[str] = set()
        """Names that were found at an address that may not be asked."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        settings = crawler.settings
        size, timeout = settings.getint("DNSCACHE_SIZE"), settings.getfloat("DNS_TIMEOUT")
        return cls(reactor, size, timeout, allowed_of(crawler))

    def getHostByName(self, name: str, timeout: Any = ()) -> Deferred[str]:
        def check(address: str) -> str:
            if address not in self._allowed and not is_public(address):
                self.refused.add(name)
                raise DNSLookupError(f"{name} is at a private address: {address}")
            return address

        return super().getHostByName(name, timeout).addCallback(check)
