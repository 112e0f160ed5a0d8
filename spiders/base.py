"""What the spiders share: how they are configured, and how a header is read."""

from __future__ import annotations

import time

from scrapy import Spider
from scrapy.http import Response
from scrapy.settings import BaseSettings

from archive.layout import new_run_id
from crawler.config import load_config
from crawler.configure import settings_for


class BreachwireSpider(Spider):
    """Started by `scrapy crawl`, a spider configures itself from breachwire.toml and the environment; the
    `breachwire` command hands the settings over ready made."""

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        if settings["BREACHWIRE_CONFIG"] is None:
            config = load_config()
            homes = [source.home for source in config.registry()]
            values = settings_for(config, homes) | {"BREACHWIRE_RUN": new_run_id()}
            settings.setdict(values, priority="spider")

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()


def header(response: Response, name: str) -> str | None:
    """A header of a response as text. Header bytes are Latin-1 by RFC 9110 §5.5."""
    value = response.headers.get(name)
    return value.decode("latin-1") if value is not None else None
