"""From a user's configuration to Scrapy's settings for one run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from crawler.addresses import literal_address
from crawler.config import NO_CONTACT, Config, ConfigError, is_contact
from pipelines.urls import host, is_web


def settings_for(config: Config, urls: Iterable[str]) -> dict[str, Any]:
    """Scrapy settings that say what the configuration says.

    `urls` are where the crawl begins. Raises `ConfigError` if one is public and there is no contact to give.
    """
    crawl = config.crawl
    contact = _contact(config, urls)
    today = datetime.now(UTC).date()
    return {
        "BREACHWIRE_CONFIG": config,
        "BREACHWIRE_CONTACT": contact,
        "BREACHWIRE_ARCHIVE": config.archive_at(),
        "BREACHWIRE_SEGMENT": config.archive.segment,
        "BREACHWIRE_TOPICS": list(config.topics()),
        "BREACHWIRE_DEDUP": dict(config.dedup),
        "BREACHWIRE_RULES": {s.name: r for s in config.registry() if s.rules and (r := s.rules.at(today))},
        "BREACHWIRE_UNFILTERED": [s.name for s in config.registry() if not s.prefilter],
        "BREACHWIRE_WORKERS": crawl.workers,
        "BREACHWIRE_WORKER_TIMEOUT": crawl.worker_timeout,
        "BREACHWIRE_WORKER_MEMORY": crawl.worker_memory,
        "USER_AGENT": user_agent(contact),
        "CONCURRENT_REQUESTS": crawl.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": crawl.per_host,
        "DOWNLOAD_DELAY": crawl.delay,
        "AUTOTHROTTLE_START_DELAY": crawl.delay,
        "DOWNLOAD_TIMEOUT": crawl.timeout,
        "DOWNLOAD_MAXSIZE": crawl.max_bytes,
    }


def user_agent(contact: str | None) -> str:
    """How the crawler names itself to every server.

    >>> user_agent("news@example.org").partition(" ")[2]
    '(+mailto:news@example.org)'
    """
    name = f"breachwire/{version('breachwire')}"
    if contact is None:
        return name
    return f"{name} (+{contact if is_web(contact) else f'mailto:{contact}'})"


def _contact(config: Config, urls: Iterable[str]) -> str | None:
    contact = config.crawl.contact
    if contact is None:
        public = next(
            (u for u in urls if literal_address(urlsplit(u).hostname or "") not in config.crawl.allow_private),
            None,
        )
        if public is not None:
            raise ConfigError(
                f"no contact: a crawler says whom to write to before it asks anything of {host(public)};"
                ' set [crawl] contact = "you@example.org" in breachwire.toml, BREACHWIRE_CONTACT, or --contact'
            )
        return None
    if not is_contact(contact):
        raise ConfigError(f"contact: {NO_CONTACT}: {contact!r}; write e.g. you@example.org")
    return contact
