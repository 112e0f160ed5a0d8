"""`breachwire.toml`: read, validated in full, and merged with the environment before anything runs."""

from __future__ import annotations

import dataclasses
import ipaddress
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from archive.bucket import folder_of
from archive.errors import BucketError
from archive.s3_options import S3Options, parse_s3, with_options
from crawler.budgets import Budgets
from crawler.hours import Hours
from crawler.polls import LONGEST_WAIT
from crawler.retention import RetentionTable, retention_faults
from crawler.sources import Registry, Rules, Source, UnknownSource, packaged_registry
from pipelines.urls import is_web

DEFAULT_FILE = "breachwire.toml"
DEFAULT_ARCHIVE = "./breachwire-archive"


NAME = re.compile(r"[\w.-]{1,80}")
"""How a source may be called."""
MISNAMED = "use letters, digits, '.', '_' and '-' only, at most 80"
NO_CONTACT = "is neither an e-mail address nor a URL"


class ConfigError(ValueError):
    """What is wrong in a configuration, and the mend: one line for each fault."""


def is_contact(contact: str) -> bool:
    """Whether it is an e-mail address or a URL, fit for a header.

    >>> is_contact("news@example.org"), is_contact("https://example.org/bot"), is_contact("me")
    (True, True, False)
    """
    local, _, domain = contact.partition("@")
    plain = not any(c.isspace() or not c.isprintable() or c in "()<>" for c in contact)
    return plain and (bool(local and "." in domain) or is_web(contact))


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the tables of the file: a key that it does not know is an error."""


class ArchiveTable(S3Options, frozen=True, kw_only=True):
    """`[archive]`: where it is, what is to be said of an S3 store, and how long what is in it is kept."""

    uri: str = DEFAULT_ARCHIVE
    segment: Annotated[int, Meta(ge=1, le=10_000)] = 500
    retention: RetentionTable = RetentionTable()


class CrawlTable(Table, frozen=True, kw_only=True):
    """`[crawl]`: who crawls, how hard, and within which limits. Times are seconds, sizes bytes."""

    contact: str | None = None
    concurrency: Annotated[int, Meta(ge=1, le=256)] = 16
    per_host: Annotated[int, Meta(ge=1, le=16)] = 1
    delay: Annotated[float, Meta(ge=0, le=3600)] = 2.0
    timeout: Annotated[float, Meta(gt=0, le=600)] = 30.0
    max_bytes: Annotated[int, Meta(ge=1024, le=1 << 30)] = 10_000_000
    max_pages: Annotated[int, Meta(ge=1)] = 5_000
    pages_per_source: Annotated[int, Meta(ge=1)] = 500
    seconds_per_source: Annotated[float, Meta(gt=0)] = 900.0
    hours: Hours | None = None
    poll_every: Annotated[float, Meta(ge=0, le=LONGEST_WAIT)] = 900.0
    workers: Annotated[int, Meta(ge=1, le=64)] = min(4, os.cpu_count() or 1)
    worker_timeout: Annotated[float, Meta(gt=0, le=600)] = 20.0
    worker_memory: Annotated[int, Meta(ge=1 << 28)] = 1 << 30
    allow_private: tuple[str, ...] = ()


class TopicTable(Table, frozen=True, kw_only=True):
    """`[topic.NAME]`: `profile` is the path of a profile of the user's own, relative to the file that names it, or the
    name of a packaged one."""

    profile: str


class ExportTable(Table, frozen=True, kw_only=True):
    """`[export]`: feeds of the newest stories, written at the end of each crawl: `feed.atom` and `feed.json`.

    `folder` is where, relative to the file that names it; `archive` puts them into the archive, too, under
    `export/v1/`. `address` is the URL under which that is published, by which the feeds name themselves.
    """

    folder: str | None = None
    archive: bool = False
    stories: Annotated[int, Meta(ge=1, le=10_000)] = 50
    full_text: bool = False
    title: str = "Breachwire"
    address: Annotated[str, Meta(pattern=r"^https?://")] | None = None


class Config(Table, frozen=True, kw_only=True):
    """The whole configuration. `source` holds only the user's own entries; `registry()` has all."""

    archive: ArchiveTable = ArchiveTable()
    crawl: CrawlTable = CrawlTable()
    source: tuple[Source, ...] = ()
    topic: dict[str, TopicTable] = {}
    dedup: dict[str, float | int] = {}
    """`[dedup]`: what `pipelines.dedup.DedupConfig` holds, where it differs from the packaged values."""
    export: ExportTable = ExportTable()

    def with_values(self, *, archive: str | None = None, **crawl: Any) -> Config:
        """The same with another archive or other values of `[crawl]`; None leaves a value as it is."""
        values = {key: value for key, value in crawl.items() if value is not None}
        return msgspec.structs.replace(
            self,
            archive=msgspec.structs.replace(self.archive, uri=self.archive_at(archive)),
            crawl=msgspec.structs.replace(self.crawl, **values),
        )

    def archive_at(self, uri: str | None = None) -> str:
        """The archive at that URI, or at the configured one, with what `[archive]` says of the store."""
        return with_options(uri or self.archive.uri, self.archive)

    def registry(self) -> Registry:
        """The packaged sources with the user's own in."""
        return packaged_registry().changed_by(self.source)

    def budgets(self) -> Budgets:
        """What a run may spend on each source."""
        crawl = self.crawl
        return Budgets(crawl.pages_per_source, crawl.seconds_per_source, crawl.hours, self.registry())

    def topics(self) -> tuple[str, ...]:
        """What a crawl judges by: the user's profiles, else the packaged `breach` topic."""
        return tuple(table.profile for table in self.topic.values()) or ("breach",)


def load_config(path: str | None = None) -> Config:
    """The configuration of `path`, else of BREACHWIRE_CONFIG, else of `breachwire.toml` here if there is one, else the
    defaults.

    BREACHWIRE_ARCHIVE and BREACHWIRE_CONTACT go before the file. Raises `ConfigError` for a file that cannot be read
    or holds anything that is not understood.
    """
    named = path or os.environ.get("BREACHWIRE_CONFIG")
    file = Path(named or DEFAULT_FILE)
    config = Config() if not named and not file.exists() else parse_config(_tables(file), str(file))
    # A variable that is empty is one that is not set.
    return config.with_values(
        archive=os.environ.get("BREACHWIRE_ARCHIVE"), contact=os.environ.get("BREACHWIRE_CONTACT") or None
    )


def _tables(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}; give another file with --config") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{file}: is not TOML: {error}") from error


def parse_config(tables: dict[str, Any], file: str) -> Config:
    """The configuration in parsed TOML tables. Raises `ConfigError` with every fault that was found."""
    tables = _completed(tables)
    faults = [f"{file}: {fault}" for fault in _faults(tables)]
    if faults:
        raise ConfigError("\n".join(faults))
    config = msgspec.convert(tables, Config)
    folder = Path(file).parent
    topics = {name: TopicTable(profile=_profile(folder, table.profile)) for name, table in config.topic.items()}
    export = config.export
    if export.folder is not None:
        export = msgspec.structs.replace(export, folder=str(folder / export.folder))
    return msgspec.structs.replace(config, topic=topics, export=export)


def _profile(folder: Path, profile: str) -> str:
    """A packaged topic by its name as it stands, else a path from the folder of the configuration."""
    return str(folder / profile) if "/" in profile or profile.endswith(".toml") else profile


def _completed(tables: dict[str, Any]) -> dict[str, Any]:
    """With each [[source]] that names a packaged one completed by it, so that one line can change or disable it."""
    entries = tables.get("source")
    if not isinstance(entries, list):
        return tables
    packaged = {source.name: msgspec.to_builtins(source) for source in packaged_registry()}
    merged = [packaged.get(str(e.get("name")), {}) | e if isinstance(e, dict) else e for e in entries]
    return tables | {"source": merged}


def _faults(tables: dict[str, Any]) -> Iterator[str]:
    """Every table is tried by itself, so that all faults are told at once."""
    kinds: dict[str, Any] = {"archive": ArchiveTable, "crawl": CrawlTable, "export": ExportTable}
    for name, table in tables.items():
        if name == "archive" and isinstance(table, dict):
            yield from _archive_faults({k: v for k, v in table.items() if k != "retention"})
            yield from retention_faults(table.get("retention", {}), _shape_faults)
        elif name in kinds:
            shape = list(_shape_faults(table, kinds[name], f"[{name}]"))
            yield from shape
            if name == "crawl" and not shape:
                yield from _crawl_faults(msgspec.convert(table, CrawlTable))
        elif name == "dedup":
            yield from _dedup_faults(table)
        elif name == "source":
            yield from _source_faults(table)
        elif name == "topic":
            entries = table.items() if isinstance(table, dict) else ()
            for topic, entry in entries:
                yield from _shape_faults(entry, TopicTable, f"[topic.{topic}]")
            if not isinstance(table, dict):
                yield "topic: expected tables; write [topic.NAME]"
        else:
            yield f"[{name}]: unknown table; known are {', '.join(Config.__struct_fields__)}"


def _crawl_faults(table: CrawlTable) -> Iterator[str]:
    if table.contact is not None and not is_contact(table.contact):
        yield f'[crawl] contact: {NO_CONTACT}: {table.contact!r}; write e.g. "you@example.org"'
    for address in table.allow_private:
        try:
            usual = str(ipaddress.ip_address(address))
        except ValueError:
            usual = "127.0.0.1"
        if usual != address:
            yield f'[crawl] allow_private: is no IP address as it is usually written: {address!r}; write e.g. "{usual}"'


def _archive_faults(table: dict[str, Any]) -> Iterator[str]:
    shape = list(_shape_faults(table, ArchiveTable, "[archive]"))
    yield from shape
    uri = table.get("uri", DEFAULT_ARCHIVE)
    try:
        if not shape and folder_of(uri) is None:
            parse_s3(uri)
    except BucketError as error:
        yield f"[archive] uri: {error}"


def _shape_faults(table: object, kind: Any, where: str) -> Iterator[str]:
    try:
        msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        said, _, path = str(error).partition(" - at `$")
        key = path.rstrip("`").lstrip(".")
        kind = Rules if kind is Source and key == "rules" else kind
        said += '; write e.g. "22:00-06:00"' if key == "hours" else ""
        yield " ".join(filter(None, (where, f"{key}:" if key else "", _plain(said, kind))))


def _plain(said: str, kind: Any) -> str:
    """msgspec's words, with the mend for a key that is not known.

    >>> _plain("Object contains unknown field `contct`", ArchiveTable)
    'unknown key `contct`; known are endpoint, region, ...'
    """
    unknown = re.search(r"unknown field (`[^`]*`)", said)
    if unknown:
        return f"unknown key {unknown[1]}; known are {', '.join(kind.__struct_fields__)}"
    return said[:1].lower() + said[1:]


def _dedup_faults(table: object) -> Iterator[str]:
    from pipelines.dedup import DedupConfig  # datasketch and numpy: only who tunes it waits for them

    known = {field.name: field.type for field in dataclasses.fields(DedupConfig)}
    if not isinstance(table, dict):
        yield "dedup: expected a table; write [dedup]"
        return
    for key in table.keys() - known.keys():
        yield f"[dedup] unknown key `{key}`; known are {', '.join(known)}"
    if table.keys() <= known.keys():
        yield from _shape_faults(table, DedupConfig, "[dedup]")


def _source_faults(entries: object) -> Iterator[str]:
    if not isinstance(entries, list):
        yield "source: expected a list of tables; write [[source]]"
        return
    names: set[str] = set()
    for number, entry in enumerate(entries, 1):
        name = entry.get("name") if isinstance(entry, dict) else None
        where = f"[[source]] {name!r}" if isinstance(name, str) else f"[[source]] number {number}"
        shape = [_nearest(fault, name) for fault in _shape_faults(entry, Source, where)]
        yield from shape
        if not shape:
            source = msgspec.convert(entry, Source)
            if source.name in names:
                yield f"{where}: stands twice; make one entry of the two, or give each a name of its own"
            names.add(source.name)
            yield from _address_faults(source, where)
            yield from _rule_faults(source, where)


def _nearest(fault: str, name: object) -> str:
    """With the mend for an entry that was to change a packaged source, and does not name one."""
    if "missing required field `home`" in fault:
        try:
            packaged_registry().select([str(name)])
        except UnknownSource as error:
            return f"{fault}, which a new source needs; to change a packaged one: {error}"
    return fault


def _rule_faults(source: Source, where: str) -> Iterator[str]:
    if source.rules is None:
        return
    from lxml.cssselect import CSSSelector, SelectorError  # only who has rules waits for it

    for key, selector in source.rules.selectors():
        try:
            CSSSelector(selector, translator="html")
        except SelectorError as error:
            yield f"{where} rules.{key}: is no CSS selector: {selector!r} ({error}); write e.g. 'div.article > p'"


def _address_faults(source: Source, where: str) -> Iterator[str]:
    if not NAME.fullmatch(source.name):
        yield f"{where} name: {MISNAMED}"
    if source.enabled and not any(True for _ in source.places()):
        yield f'{where}: has no feeds, sitemaps or sections; add one, e.g. feeds = ["https://…/feed/"]'
    for key, urls in (
        ("home", (source.home,)),
        ("feeds", source.feeds),
        ("sitemaps", source.sitemaps),
        ("sections", source.sections),
    ):
        for url in urls:
            if not is_web(url):
                yield f"{where} {key}: is not an http(s) URL: {url!r}; write it in full, e.g. https://news.example/feed/"
