"""Bad input, bad networks, bad disks: one clear line, the right outcome, the right exit code, and nothing lost."""

from __future__ import annotations

import datetime
import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from archive import open_archive, open_bucket
from archive.keeping.verify import verify
from archive.layout import new_run_id
from archive.state import state_folder
from crawler.demo import DemoWeb
from crawler.demo.server import Request, Response, SiteServer, not_found, text_response
from crawler.frontier import FIRST_RETRY, Frontier
from tests.command import Finished, breachwire, environment, outcome, start, write_config
from tests.trouble_site import TDMREP, TroubleSite, article, rss

TRACEBACK = "Traceback (most recent call last)"


def source(name: str, **values: object) -> str:
    """A [[source]] table."""
    lines = [f"{key} = {value!r}".replace("'", '"') for key, value in values.items()]
    return "\n".join(["[[source]]", f'name = "{name}"', 'home = "http://127.0.0.1/"', "prefilter = false", *lines, ""])


def crawl_feed(folder: Path, feed: str, **crawl: object) -> Finished:
    config = write_config(folder / "breachwire.toml", sources=source("trouble", feeds=[feed]), **crawl)
    return breachwire("crawl", "trouble", "--archive", folder / "archive", "--config", config, "--report", "json")


@pytest.fixture(scope="module")
def site() -> Iterator[TroubleSite]:
    with TroubleSite() as trouble:
        yield trouble


@pytest.fixture(scope="module")
def troubled(site: TroubleSite, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Finished]:
    """One crawl over every kind of page that goes wrong."""
    folder = tmp_path_factory.mktemp("trouble")
    return folder / "archive", crawl_feed(folder, site.url("/feed.xml"), worker_timeout=10.0)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/unknown-charset", ("archived", "duplicate")),
        ("/wrong-charset", "archived"),
        ("/article", ("archived", "duplicate")),
        ("/403", "failed: HTTP 403"),
        ("/404", "failed: HTTP 404"),
        ("/410", "failed: HTTP 410"),
        ("/500", "failed: HTTP 500"),
        ("/503", "failed: HTTP 503"),
        ("/redirect/loop", "failed: redirect loop"),
        ("/redirect/metadata", "failed: address refused"),
        ("/redirect/file", "failed: HTTP 302 without a usable address"),
        ("/redirect/mail", "failed: HTTP 302 without a usable address"),
        ("/redirect/port", "failed: HTTP 302 without a usable address"),
        ("/redirect/long", "failed: HTTP 302 without a usable address"),
        ("/redirect/5", ("archived", "duplicate", "unchanged")),
        ("/redirect/6", "failed: redirect loop"),
        ("/redirect/nowhere", "failed: HTTP 302 without a usable address"),
        ("/empty", "failed: empty page"),
        ("/binary", "failed: not HTML"),
        ("/gzip-bomb", "failed: too large once decompressed"),
        ("/brotli-bomb", "failed: too large once decompressed"),
        ("/zstd-bomb", "failed: too large once decompressed"),
        ("/no-gzip", "failed: false Content-Encoding"),
        ("/no-brotli", "failed: false Content-Encoding"),
        ("/no-zstd", "failed: false Content-Encoding"),
        ("/broken-gzip", "failed: cut short"),
        ("/cut-gzip", "failed: cut short"),
        ("/cut-deflate", "failed: cut short"),
        ("/cut-br", "failed: cut short"),
        ("/cut-zstd", "failed: cut short"),
        ("/cut-chunked", "failed: connection lost"),
        ("/gzip-without-trailer", ("archived", "duplicate")),
        ("/redirect/itself", "failed: redirect loop"),
        ("/endless", "too_large"),
        ("/noindex", "robots"),
        ("/noarchive", "archived"),
        ("/noindex-for-another", ("archived", "duplicate")),
        ("/cut-short", "failed: connection lost"),
        ("/reset", "failed: connection lost"),
        ("/nested", "failed: too deep"),
        ("/many-paragraphs", "failed: too many elements"),
    ],
)
def test_each_page_has_the_outcome_that_tells_what_is_wrong_with_it(
    troubled: tuple[Path, Finished], site: TroubleSite, path: str, expected: str | tuple[str, ...]
) -> None:
    archive, _ = troubled
    assert outcome(archive, site.url(path)) in ((expected,) if isinstance(expected, str) else expected)


@pytest.mark.parametrize(
    ("path", "comes_up_again"),
    [
        ("/404", True),
        ("/500", True),
        ("/empty", True),
        ("/cut-short", True),
        ("/cut-gzip", True),
        ("/no-gzip", True),
        ("/redirect/metadata", True),
        ("/403", False),
        ("/410", False),
        ("/binary", False),
        ("/redirect/loop", False),
        ("/redirect/mail", False),
        ("/nested", False),
    ],
)
def test_a_page_that_may_be_there_another_time_is_asked_for_again(
    troubled: tuple[Path, Finished], site: TroubleSite, path: str, comes_up_again: bool
) -> None:
    """Feeds are ahead of their pages, and what is wrong with a name's address is mended: no story is lost by it."""
    archive, _ = troubled
    with Frontier(state_folder(archive), new_run_id()) as frontier:
        due = {look.link.url for look in frontier.waiting(["trouble"], 100, before=time.time() + FIRST_RETRY)}
    assert (site.url(path) in due) == comes_up_again


def test_a_page_that_redirects_to_itself_is_asked_once(troubled: tuple[Path, Finished], site: TroubleSite) -> None:
    assert [hit.path for hit in site.hits].count("/redirect/itself") == 1


def test_a_crawl_full_of_trouble_ends_adds_up_and_keeps_what_is_good(troubled: tuple[Path, Finished]) -> None:
    archive, run = troubled
    totals = run.report["totals"]
    assert run.code == 1
    assert TRACEBACK not in run.err
    assert sum(totals["outcomes"].values()) == totals["taken"]
    assert any("Tollgate Mutual" in article.text for article in open_archive(archive))
    assert verify(open_bucket(archive)).ok


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the memory of processes on Linux")
def test_no_page_takes_a_process_of_the_crawl_beyond_500_megabytes_or_its_time(
    site: TroubleSite, tmp_path: Path
) -> None:
    """Nested elements, paragraphs without number, a bomb, and a page that is slow: each fails with its reason, no
    process of the crawl grows beyond 500 MB, and the good page behind each is archived."""
    config = write_config(
        tmp_path / "breachwire.toml",
        sources=source("heavy", feeds=[site.url("/feed/heavy")]),
        worker_timeout=2.5,
        workers=1,
        per_host=1,
    )
    archive = tmp_path / "archive"
    crawl = start("crawl", "heavy", "--archive", archive, "--config", config, "--report", "json")
    said, memory = watched(crawl)
    outcomes = json.loads(said)["totals"]["outcomes"]
    assert outcome(archive, site.url("/nested")) == "failed: too deep"
    assert outcome(archive, site.url("/many-paragraphs")) == "failed: too many elements"
    assert outcome(archive, site.url("/gzip-bomb")) == "failed: too large once decompressed"
    assert outcome(archive, site.url("/slow")) == "failed: too slow"
    assert outcomes.pop("archived") + outcomes.pop("duplicate") == 4
    assert sum(outcomes.values()) == 4
    assert len(memory) >= 3  # the crawl, the fork server, a worker
    assert max(memory.values()) < 500_000


def watched(process: subprocess.Popen[str]) -> tuple[str, dict[int, int]]:
    """What a command wrote, and the most memory, in kilobytes, that each process of its session had at a time."""
    most: dict[int, int] = {}
    while True:
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # it has ended
                if int(stat.read_text().rpartition(")")[2].split()[3]) == process.pid:  # the session: proc(5)
                    lines = stat.with_name("status").read_text().splitlines()
                    size = next((line.split()[1] for line in lines if line.startswith("VmHWM")), "0")
                    most[int(stat.parent.name)] = max(int(size), most.get(int(stat.parent.name), 0))
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=0.1)[0], most


@pytest.mark.parametrize("path", ["/drip", "/silence"])
def test_a_page_that_never_ends_is_given_up_when_its_time_is_over(path: str, site: TroubleSite, tmp_path: Path) -> None:
    config = write_config(tmp_path / "breachwire.toml", timeout=1.0)
    done = breachwire("fetch", site.url(path), "--config", config, "--no-archive")
    assert done.code == 4
    assert done.err.splitlines() == [f"breachwire: {site.url(path)}: failed: timeout"]


@pytest.mark.parametrize(
    ("feed", "said"),
    [
        ("/feed/html", "is an HTML page, not a feed"),
        ("/404", "HTTP 404"),
        ("/500", "HTTP 500"),
        ("/binary", "is not a feed"),
        ("/empty", "is not a feed"),
        ("/redirect/loop", "redirect loop"),
    ],
)
def test_a_feed_that_is_none_is_reported_and_nothing_is_fetched(
    site: TroubleSite, tmp_path: Path, feed: str, said: str
) -> None:
    run = crawl_feed(tmp_path, site.url(feed))
    assert run.code == 4
    assert run.report["totals"]["poll_errors"] == [f"feed {site.url(feed)}: {said}"]
    assert TRACEBACK not in run.err


def test_a_broken_feed_gives_what_can_be_read_of_it(site: TroubleSite, tmp_path: Path) -> None:
    run = crawl_feed(tmp_path, site.url("/feed/broken"))
    assert run.code == 0
    assert run.report["totals"]["taken"] == 2


def test_links_that_are_not_of_the_web_are_passed_over(site: TroubleSite, tmp_path: Path) -> None:
    run = crawl_feed(tmp_path, site.url("/feed/links"))
    assert run.report["totals"]["outcomes"] == {"archived": 1, "failed: HTTP 404": 1}


def test_an_empty_feed_is_no_error(site: TroubleSite, tmp_path: Path) -> None:
    run = crawl_feed(tmp_path, site.url("/feed/empty"))
    assert (run.code, run.report["totals"]["poll_errors"]) == (0, [])


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.mark.parametrize(
    ("feed", "said"),
    [
        (f"http://127.0.0.1:{closed_port()}/feed", "connection refused"),
        ("http://no-such-host.invalid/feed", "DNS"),
    ],
    ids=("closed-port", "no-such-host"),
)
def test_a_host_that_is_not_there_is_reported_and_the_run_exits_with_4(tmp_path: Path, feed: str, said: str) -> None:
    run = crawl_feed(tmp_path, feed, contact="test@example.org")
    assert run.code == 4
    assert run.report["totals"]["poll_errors"] == [f"feed {feed}: {said}"]
    assert TRACEBACK not in run.err


def test_one_dead_source_does_not_keep_the_others_from_being_crawled(site: TroubleSite, tmp_path: Path) -> None:
    dead = source("dead", feeds=[f"http://127.0.0.1:{closed_port()}/feed"])
    alive = source("alive", feeds=[site.url("/feed/broken")])
    config = write_config(tmp_path / "breachwire.toml", sources=dead + alive)
    where = ["--archive", tmp_path / "archive", "--config", config]
    run = breachwire("crawl", "dead", "alive", *where, "--report", "json")
    assert run.code == 1
    assert run.report["totals"]["outcomes"]["archived"] == 1


def test_without_a_report_cron_has_a_line_to_mail_for_each_source_that_failed(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{closed_port()}/feed"
    config = write_config(tmp_path / "breachwire.toml", sources=source("dead", feeds=[url]))
    where = ["--archive", tmp_path / "archive", "--config", config]
    done = breachwire("crawl", "dead", *where, "--report", "none", "-q")
    assert (done.code, done.out) == (4, "")
    assert done.err == f"breachwire: dead: feed {url}: connection refused\n"


def test_robots_txt_holds_for_every_request_that_waits_for_it(tmp_path: Path) -> None:
    with TroubleSite(robots="User-agent: *\nDisallow: /article") as site:
        config = write_config(tmp_path / "breachwire.toml")
        urls = [site.url(f"/article?{number}") for number in range(6)]
        done = breachwire("fetch", *urls, "--config", config, "--no-archive")
        assert [hit.path for hit in site.hits] == ["/robots.txt"]
    assert done.err.splitlines() == [f"breachwire: {url}: robots.txt forbids it" for url in urls]


@pytest.mark.parametrize(
    "written",
    [
        ("User-agent: *\nDisallow: /article\n" + "# so far\n" * 2_000_000).encode(),
        "User-agent: *\nDisallow: /article\n".encode("utf-16"),
        b"\xef\xbb\xbfUser-agent: *\r\rDisallow: /article\r",
    ],
    ids=["18 MB", "UTF-16", "Macintosh"],
)
def test_robots_txt_holds_however_it_is_written(tmp_path: Path, written: bytes) -> None:
    def answer(request: Request) -> Response:
        if request.path == "/robots.txt":
            return Response(body=written, headers={"Content-Type": "text/plain"})
        return text_response(article())

    with SiteServer("site", answer) as site:
        config = write_config(tmp_path / "breachwire.toml")
        done = breachwire("fetch", site.url("/article"), site.url("/other"), "--config", config, "--no-archive")
        assert [hit.path for hit in site.hits] == ["/robots.txt", TDMREP, "/other"]
    assert done.err.splitlines()[0] == f"breachwire: {site.url('/article')}: robots.txt forbids it"


@pytest.mark.parametrize("status", [302, 304, 500, 503])
def test_where_robots_txt_cannot_be_read_nothing_is_fetched(tmp_path: Path, status: int) -> None:
    with TroubleSite(robots=status) as site:
        run = crawl_feed(tmp_path, site.url("/feed.xml"))
        assert run.code == 4
        assert {hit.path for hit in site.hits} == {"/robots.txt"}


def test_a_site_whose_certificate_is_not_trusted_is_not_read(tmp_path: Path) -> None:
    with tls_site(tmp_path) as url:
        done = breachwire("fetch", url, "--no-archive", "--config", write_config(tmp_path / "breachwire.toml"))
    assert done.code == 4
    assert done.err.splitlines() == [f"breachwire: {url}: failed: TLS"]


class tls_site:
    """An HTTPS server on loopback with a certificate of its own making."""

    def __init__(self, folder: Path) -> None:
        certificate = self_signed(folder)
        self._server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        return f"https://127.0.0.1:{self._server.server_address[1]}/article"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def self_signed(folder: Path) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize("medium", ["feeds", "sitemaps"])
def test_a_source_made_to_take_minutes_costs_its_worker_only(medium: str, tmp_path: Path) -> None:
    evil = {
        "feeds": "<rss><channel>" + "<item>" * 500_000,
        "sitemaps": "<urlset><url>" + "<b>" * 240 + "word <c/>" * 800_000 + "</b>" * 240 + "</url></urlset>",
    }
    with SiteServer("evil", lambda _: text_response(evil[medium], "text/xml")) as place, TroubleSite() as other:
        sources = source("evil", **{medium: [place.url("/")]}) + source("well", feeds=[other.url("/feed/scripted")])
        config = write_config(tmp_path / "breachwire.toml", sources=sources, worker_timeout=4.0)
        archive = tmp_path / "archive"
        began = time.monotonic()
        done = breachwire("crawl", "evil", "well", "--archive", archive, "--config", config, "--report", "json")
        assert time.monotonic() - began < 30
    assert done.code == 1
    (said,) = done.report["totals"]["poll_errors"]
    assert said.endswith(": cannot be read (too slow)")
    assert done.report["totals"]["outcomes"]["archived"] == 1


def test_a_private_address_is_not_asked_unless_it_is_allowed_by_name(site: TroubleSite, tmp_path: Path) -> None:
    config = write_config(tmp_path / "breachwire.toml", allow_private=[], contact="test@example.org")
    done = breachwire("fetch", site.url("/article"), "--no-archive", "--config", config)
    assert done.code == 4
    (line,) = done.err.splitlines()
    assert line.startswith(f"breachwire: {site.url('/article')}: failed: address refused; allow")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["crawl", "--config", "missing.toml"], "missing.toml: cannot be read: No such file or directory"),
        (["crawl", "--config", "broken.toml"], "broken.toml: is not TOML"),
        (["crawl", "--config", "typo.toml"], "[crawl] unknown key `contcat`; known are contact"),
        (["crawl", "--config", "type.toml"], "[crawl] delay: expected `float`, got `str`"),
        (["crawl", "--config", "feed.toml"], "[[source]] 'kyodo' feeds: is not an http(s) URL: 'htp://kyodo.example/'"),
        (["crawl", "--config", "topic.toml"], "topic"),
        (["crawl", "no-such-source"], "unknown source 'no-such-source'"),
        (["crawl", "bleeping-computer"], "did you mean bleepingcomputer"),
        (["crawl"], "no contact"),
        (["crawl", "--since", ""], "--since: is no date: ''; write it as 2026-01-01"),
        (["crawl", "--contact", "nobody"], "neither an e-mail address nor a URL"),
        (["fetch", "news.example/story"], "not an http(s) URL: 'news.example/story'"),
        (["fetch", "https://news.example/story"], "no contact"),
        (["extract", "missing.html"], "missing.html: cannot be read: No such file or directory"),
        (["extract", "words.jsonl"], "words.jsonl: line 1: not a JSON object"),
        (["classify", "lines.jsonl"], "lines.jsonl: line 1: has no 'text'"),
        (["classify", "--topic", "nowhere.toml", "lines.jsonl"], "nowhere.toml"),
        (["dedup", "missing.jsonl"], "missing.jsonl: cannot be read"),
    ],
)
def test_a_mistake_in_usage_or_configuration_is_told_in_a_line_and_exits_with_2(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    texts = {
        "broken.toml": "[crawl",
        "typo.toml": '[crawl]\ncontcat = "x"\n',
        "type.toml": '[crawl]\ndelay = "soon"\n',
        "feed.toml": '[[source]]\nname = "kyodo"\nhome = "https://kyodo.example/"\nfeeds = ["htp://kyodo.example/"]\n',
        "topic.toml": '[crawl]\ncontact = "a@example.org"\n[topic.mine]\nprofile = "no-such-topic.toml"\n',
        "words.jsonl": "these are\nno JSON lines\n",
        "lines.jsonl": '{"id": 1, "html": "<p>x"}\n{"id": 2,\n',
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    done = breachwire(*arguments, cwd=tmp_path)
    assert said in done.err
    assert done.code == 2
    assert TRACEBACK not in done.err


def test_every_fault_of_a_configuration_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "breachwire.toml").write_text('[crawl]\ndelay = "x"\n[archiv]\nuri = "a"\n[dedup]\nleed = 1\n')
    done = breachwire("crawl", cwd=tmp_path)
    assert done.code == 2
    assert len(done.err.splitlines()) == 3


@pytest.mark.parametrize("command", [["read"], ["show", "0123456789"], ["archive", "verify"]])
def test_an_archive_that_is_not_there_exits_with_3(tmp_path: Path, command: list[str]) -> None:
    done = breachwire(*command, "--archive", tmp_path / "nowhere")
    assert done.code == 3
    assert "there is no archive here" in done.err
    assert TRACEBACK not in done.err


def test_an_archive_folder_that_cannot_be_written_exits_with_3_before_anything_is_fetched(
    site: TroubleSite, tmp_path: Path
) -> None:
    (tmp_path / "archive").write_text("a file where a folder should be")
    before = len(site.hits)
    run = crawl_feed(tmp_path, site.url("/feed/broken"))
    assert run.code == 3
    assert str(tmp_path / "archive") in run.err
    assert TRACEBACK not in run.err
    assert len(site.hits) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", place], capture_output=True, check=False)
    if made.returncode:
        pytest.skip(f"cannot mount a small disk here: {made.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


class FullAt(list[Any]):
    """A list of hits that fills a disk as the n-th one comes in."""

    def __init__(self, number: int, disk: Path) -> None:
        super().__init__()
        self._number, self._disk = number, disk

    def append(self, hit: Any) -> None:
        super().append(hit)
        if len(self) == self._number:
            with (self._disk / "filler").open("wb", buffering=0) as filler:
                try:
                    while True:
                        filler.write(b"\0" * 4096)
                except OSError:
                    return


@pytest.mark.parametrize("number", [1, 30])
def test_a_full_disk_ends_the_run_with_3_and_the_next_one_makes_up_for_it(number: int, small_disk: Path) -> None:
    with DemoWeb() as web:
        names = [site.name for site in web.sites]
        config = write_config(small_disk.parent / "breachwire.toml", web.sites)
        arguments = ["crawl", *names, "--archive", small_disk / "archive", "--config", config, "--report", "json"]
        hits = FullAt(number, small_disk)
        for server in web._servers:
            server.hits = hits
        full = breachwire(*arguments)
        assert full.code == 3
        assert TRACEBACK not in full.err
        assert "no space left" in full.err or "disk is full" in full.err
        (small_disk / "filler").unlink()
        again = breachwire(*arguments)
        assert again.code in (0, 1)  # a page of the demonstration is a 404; the first run may have come to it
        pages = {page.lands_on for page in web.expected if page.day == 1 and page.outcome in ("archived", "duplicate")}
    archived = [a.url for a in open_archive(small_disk / "archive").articles(include=("duplicates", "related"))]
    assert pages <= set(archived)
    assert len(archived) == len(set(archived))
    assert verify(open_bucket(small_disk / "archive")).ok


def test_a_page_whose_type_says_nothing_is_known_by_its_body(tmp_path: Path) -> None:
    told = ("text/html charset=utf-8", "text/html, text/html", "html", "application/octet-stream", "unknown/unknown")
    pages = {"/feed": text_response(rss("/news/pdf", *(f"/news/{n}" for n in range(len(told)))), "text/xml")}
    for n, each in enumerate(told):
        words = f"The clinic said on day {n} that it had lost {n} records of its patients to somebody unknown."
        pages[f"/news/{n}"] = Response(body=article(f"Clinic {n} loses data", (words,)).encode())
        pages[f"/news/{n}"].headers["Content-Type"] = each
        pages[f"/section/{n}"] = Response(body=b"<html><p>No news", headers={"Content-Type": each})
    pages["/news/pdf"] = Response(body=b"%PDF-1.7 <html><p>No page", headers={"Content-Type": told[3]})
    with SiteServer("odd", lambda asked: pages.get(asked.path, not_found())) as odd:
        entry = source("odd", feeds=[odd.url("/feed")], sections=[odd.url(f"/section/{n}") for n in range(len(told))])
        config = write_config(tmp_path / "breachwire.toml", sources=entry)
        where = ("--archive", tmp_path / "archive", "--config", config, "--report", "json")
        totals = breachwire("crawl", "odd", *where).report["totals"]
    assert totals["poll_errors"] == []
    assert totals["outcomes"].pop("failed: not HTML") == 1
    assert sum(totals["outcomes"].values()) == len(told)
    assert not any(outcome.startswith("failed") for outcome in totals["outcomes"])


def test_ctrl_c_commits_what_was_fetched_and_exits_with_130(tmp_path: Path) -> None:
    import signal

    from tests.command import KillAt, start

    class InterruptAt(KillAt):
        def append(self, hit: Any) -> None:
            list.append(self, hit)
            if len(self) == self._number and self.process is not None:
                self.process.send_signal(signal.SIGINT)

    with DemoWeb() as web:
        hits = InterruptAt(25)
        for server in web._servers:
            server.hits = hits
        config = write_config(tmp_path / "breachwire.toml", web.sites)
        where = ["--archive", tmp_path / "archive", "--config", config]
        hits.process = start("crawl", *(s.name for s in web.sites), *where, "--report", "none")
        _, err = hits.process.communicate(timeout=60)
    assert hits.process.returncode == 130
    assert TRACEBACK not in err
    assert len(list(open_archive(tmp_path / "archive").articles(include=("duplicates", "related")))) > 0
    assert verify(open_bucket(tmp_path / "archive")).ok


def test_ctrl_c_twice_ends_a_crawl_that_waits_and_exits_with_130(tmp_path: Path) -> None:
    import signal

    asked = threading.Event()

    def silence(request: Request) -> Response:
        asked.set()
        slow.closing.wait()
        return not_found()

    with SiteServer("slow", silence) as slow:
        entry = source("slow", feeds=[slow.url("/feed")])
        config = write_config(tmp_path / "breachwire.toml", sources=entry, timeout=60.0)
        process = start("crawl", "slow", "--archive", tmp_path / "archive", "--config", config, "--report", "json")
        assert asked.wait(30)
        for _ in range(100):  # two that come at once are one
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
                break
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert "interrupted" in err
    assert TRACEBACK not in err


def test_sigterm_ends_a_command_as_ctrl_c_does_and_leaves_no_temporary_folder(tmp_path: Path) -> None:
    import signal

    command = [sys.executable, "-m", "crawler", "dedup", "-"]
    environ = environment(TMPDIR=str(tmp_path))
    with subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1, env=environ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b'{"id": "a", "text": "A clinic lost the files of its patients."}\n')
        process.stdin.flush()
        assert b'"unique"' in process.stdout.readline()
        assert any(tmp_path.iterdir())
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err.decode().strip()) == (130, "breachwire: interrupted")
    assert not any(tmp_path.iterdir())


def test_a_reader_that_has_had_enough_is_no_error(tmp_path: Path) -> None:
    lines = "".join(f'{{"id": {n}, "title": "x", "text": "{"word " * 200}"}}\n' for n in range(2000))
    (tmp_path / "many.jsonl").write_text(lines)
    script = f"set -o pipefail; {sys.executable} -m crawler classify many.jsonl | head -1 > /dev/null"
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, env=environment())
    assert (done.returncode, done.stderr) == (0, "")
