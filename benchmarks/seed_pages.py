"""Pages laid out from the three seed texts in four styles of markup, with the lines that a clean text must hold.

The texts are other people's and not part of the project; what is body, headline and noise is told by line numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from benchmarks.text_scores import squeezed


@dataclass(frozen=True, slots=True)
class Seed:
    """A seed file and its lines, counted from 1: the headline's (0: the file has none), the body's first and last,
    those of the noise that are headings of a box. Every other line that is not blank is noise."""

    file: str
    headline: int
    body: tuple[int, int]
    boxes: tuple[int, ...] = ()
    title: str = ""


SEEDS = (
    Seed("000_d195ff48cf4c678c.txt", 2, (3, 9), boxes=(10, 12, 14, 16)),
    Seed("001_486361b540524fd9.txt", 0, (1, 9), title="Japan’s privacy commission reports more leaks than ever"),
    Seed("002_0cc0e07a25bbdcfb.txt", 4, (10, 46)),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a seed text: `role` is `headline`, `body`, `box` (a heading over noise) or `noise`."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class SeedPage:
    """A page laid out from a seed text; `body` and `noise` are its lines, white space squeezed."""

    name: str
    html: str
    body: tuple[str, ...]
    noise: tuple[str, ...]


def seed_pages(folder: Path) -> list[SeedPage]:
    """Every seed text of the folder in every style."""
    return [_page(seed, style, folder) for seed in SEEDS for style in STYLES]


def _page(seed: Seed, style: str, folder: Path) -> SeedPage:
    lines = _lines(seed, (folder / seed.file).read_text(encoding="utf-8"))
    title = next((line.text for line in lines if line.role == "headline"), seed.title)
    html = f"<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>{escape(title)}</title></head><body>"
    body = tuple(line.text for line in lines if line.role == "body")
    noise = tuple(line.text for line in lines if line.role in ("box", "noise"))
    return SeedPage(f"{seed.file[:3]} {style}", f"{html}{STYLES[style](lines)}</body></html>", body, noise)


def _lines(seed: Seed, text: str) -> list[Line]:
    lines = [Line("headline", seed.title)] if seed.title else []
    for number, raw in enumerate(text.split("\n"), 1):
        if not raw.strip():
            continue
        inside = seed.body[0] <= number <= seed.body[1]
        role = "headline" if number == seed.headline else "body" if inside else "noise"
        lines.append(Line("box" if number in seed.boxes else role, squeezed(raw)))
    return lines


_SITE_TOP = '<a href="/">Home</a> <a href="/japan">Japan</a> <a href="/world">World</a>'
_SITE_END = '<a href="/about">About</a> <a href="/terms">Terms</a> © The Example'


def _semantic(lines: Sequence[Line]) -> str:
    """What stands before and within the article in `article`, what follows its last line in `aside`."""
    last = max(place for place, line in enumerate(lines) if line.role == "body")
    tags = {"headline": "h1", "body": "p", "box": "h2", "noise": "p"}
    main = _elements(lines[: last + 1], tags)
    aside = _elements(lines[last + 1 :], tags)
    return (
        f"<header><nav>{_SITE_TOP}</nav></header><main><article>{main}</article>"
        f"<aside>{aside}</aside></main><footer>{_SITE_END}</footer>"
    )


def _flat(lines: Sequence[Line]) -> str:
    """One container of paragraphs, noise and all."""
    elements = _elements(lines, {"headline": "h1", "body": "p", "box": "p", "noise": "p"})
    return f"<div>{_SITE_TOP}</div><div>{elements}</div><div>{_SITE_END}</div>"


def _soup(lines: Sequence[Line]) -> str:
    """Nested `div`s whose classes say nothing."""
    tags = dict.fromkeys(("headline", "body", "box", "noise"), "div")
    blocks = "".join(f'<div class="x{place}">{_elements([line], tags)}</div>' for place, line in enumerate(lines))
    return f'<div class="a1"><div class="b7">{_SITE_TOP}</div><div class="b8">{blocks}</div>{_SITE_END}</div>'


def _breaks(lines: Sequence[Line]) -> str:
    """One block of text, divided by line breaks."""
    return f"<div>{_SITE_TOP}</div><div>" + "<br><br>\n".join(escape(line.text) for line in lines) + "</div>"


STYLES: dict[str, Callable[[Sequence[Line]], str]] = {
    "semantic": _semantic,
    "flat": _flat,
    "soup": _soup,
    "breaks": _breaks,
}


def _elements(lines: Sequence[Line], tags: dict[str, str]) -> str:
    return "\n".join(f"<{tags[line.role]}>{escape(line.text)}</{tags[line.role]}>" for line in lines)
