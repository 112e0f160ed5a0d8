"""Which of two copies stands for the others: the fullest, then the one where the text comes from, then the earliest.

Where a text comes from is what a copy says: the agency that it is credited to, or the canonical address that it gives
when that lies on another site.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from archive.addresses import same_site, site_of
from pipelines.dedup.compare import Text, kinship
from pipelines.dedup.known import KnownArticle
from pipelines.dedup.rules import DedupConfig

_HOSTS = {
    "AP": ("apnews.com", "ap.org"),
    "Reuters": ("reuters.com",),
    "AFP": ("afp.com",),
    "dpa": ("dpa.com", "dpa-international.com"),
    "Kyodo": ("kyodonews.net", "kyodonews.jp"),
    "Jiji": ("jiji.com",),
    "ANSA": ("ansa.it",),
    "EFE": ("efe.com",),
    "Europa Press": ("europapress.es",),
    "Xinhua": ("xinhuanet.com", "news.cn"),
    "TASS": ("tass.com", "tass.ru"),
    "Interfax": ("interfax.ru", "interfax.com"),
    "Yonhap": ("yna.co.kr",),
    "Newsis": ("newsis.com",),
    "PTI": ("ptinews.com",),
    "ANI": ("aninews.in",),
    "IANS": ("ians.in",),
    "APA": ("apa.at",),
    "SDA": ("keystone-sda.ch",),
    "epd": ("epd.de",),
    "Belga": ("belganewsagency.eu", "belga.be"),
    "ANP": ("anp.nl",),
    "TT": ("tt.se",),
    "NTB": ("ntb.no",),
    "Ritzau": ("ritzau.dk", "ritzau.com"),
    "PAP": ("pap.pl",),
    "CTK": ("ctk.cz", "ctk.eu", "ceskenoviny.cz"),
    "Lusa": ("lusa.pt",),
    "Anadolu": ("aa.com.tr",),
    "Antara": ("antaranews.com",),
    "Bernama": ("bernama.com",),
    "CNA": ("cna.com.tw", "focustaiwan.tw"),
    "UPI": ("upi.com",),
    "AAP": ("aap.com.au",),
    "PA": ("pa.media",),
    "Canadian Press": ("thecanadianpress.com",),
    "Bloomberg": ("bloomberg.com",),
}
"""The sites of the agencies that `pipelines.extract.agency` names."""


class Copy(NamedTuple):
    """An article among its copies; `text` gives its text to be compared, None where it is gone."""

    article: KnownArticle
    text: Callable[[], Text | None]


def takes_over(new: Copy, leading: Copy, config: DedupConfig) -> bool:
    """Whether a new copy becomes the canonical one in place of `leading`, which was there before.

    Of copies that are as full, and as near to where the text comes from, the earlier one stays.
    """
    if _is_fuller(new, leading, config):
        return True
    if _is_fuller(leading, new, config):
        return False
    return _is_origin(new.article, leading.article) and not _is_origin(leading.article, new.article)


def _is_fuller(copy: Copy, other: Copy, config: DedupConfig) -> bool:
    """Whether a copy tells more. What a page has around its article makes it longer, not fuller."""
    if copy.article.words <= other.article.words * (1 + config.fuller):
        return False
    text, shorter = copy.text(), other.text()
    return text is not None and shorter is not None and kinship(text, shorter) >= config.kinship


def credited(agency: str | None, url: str | None, canonical_url: str | None) -> str:
    """The hosts that a copy names as its origin, divided by spaces; `agency` as in the record's `extra`.

    >>> credited("AP, Reuters", "https://a.example/1", "https://b.example/1")
    'apnews.com ap.org reuters.com b.example'
    """
    hosts = [host for name in (agency or "").split(", ") for host in _HOSTS.get(name, ())]
    site, origin = site_of(url), site_of(canonical_url)
    if site and origin and not same_site(site, origin):
        hosts.append(origin)
    return " ".join(hosts)


def _is_origin(copy: KnownArticle, other: KnownArticle) -> bool:
    """Whether one of the two names this copy's site as the text's origin."""
    hosts = f"{copy.credits} {other.credits}".split()
    return copy.site is not None and any(same_site(copy.site, host) for host in hosts)
