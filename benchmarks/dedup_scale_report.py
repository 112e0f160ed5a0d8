"""The tables and the plot of `dedup_scale.py`, from its measurements."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from benchmarks.tables import Table

Result = dict[str, Any]

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 360, 60, 50, 30
COLOURS = ("#0b6", "#07c", "#a3a", "#c60", "#888")


def tables(results: Sequence[Result]) -> list[Table]:
    """What a decision costs at each size, what all cost together, and the peers."""
    own = [result for result in results if result["kind"] == "store"]
    decisions = tuple(
        (
            f"{result['size']:,}",
            f"{1000 * result['signing']:.2f}",
            f"{1000 * result['lookup']:.2f}",
            f"{1000 * result['batch'][0]:.2f}",
            _rates(result["batch"]),
            f"{1000 * result['single'][0]:.2f}",
            _rates(result["single"]),
        )
        for result in own
    )
    whole = tuple(
        (
            f"{result['size']:,}",
            f"{result['cold']:.2f}",
            f"{result['memory'] / 2**20:.0f}",
            f"{result['memory'] / result['size']:,.0f}",
            f"{result['disk'] / result['size']:,.0f}",
            f"{result['text']:,.0f}",
            ", ".join(f"{count} {verdict}" for verdict, count in sorted(result["verdicts"].items())),
        )
        for result in own
    )
    titles = ("articles", "sign, ms", "find, ms", "batch, ms", "decisions/s", "singly, ms", "decisions/s singly")
    return [
        Table("A decision, by articles in the index", titles, decisions),
        Table(
            "All of them",
            ("articles", "cold start, s", "memory, MB", "memory, B each", "disk, B each", "text, B each", "decided"),
            whole,
        ),
        Table(
            "datasketch's LSH with the same bands, candidates only",
            ("storage", "articles", "find, ms", "insert, ms", "cold start, s", "memory, B each"),
            tuple(_peer(result) for result in results if result["kind"] != "store"),
        ),
    ]


def _rates(times: Sequence[float]) -> str:
    return f"{1 / times[0]:,.0f} ({1 / times[1]:,.0f} by the clock)"


def _peer(result: Result) -> tuple[str, ...]:
    name = {"memory": "in memory", "redis": "Redis on loopback"}[result["kind"]]
    if missing := result.get("missing"):
        return (name, f"{result['size']:,}", missing, "", "", "")
    return (
        name,
        f"{result['size']:,}",
        f"{1000 * result['lookup']:.2f}",
        f"{1000 * result['insert']:.2f}",
        f"{result['cold']:.1f}",
        f"{result['memory'] / result['size']:,.0f}",
    )


def plot(results: Sequence[Result]) -> str:
    """Milliseconds for a document over the articles in the index, both logarithmic, as SVG."""
    lines = [
        ("decide one by one, each its own transaction", [(r["size"], r["single"][0]) for r in _of("store", results)]),
        ("decide in segments of 500", [(r["size"], r["batch"][0]) for r in _of("store", results)]),
        ("of which: find candidates", [(r["size"], r["lookup"]) for r in _of("store", results)]),
        ("datasketch in memory, find and insert", _peers("memory", results)),
        ("datasketch in Redis, find and insert", _peers("redis", results)),
    ]
    sizes = [size for _, points in lines for size, _ in points]
    low, high = math.floor(math.log10(min(sizes))), math.ceil(math.log10(max(sizes)))
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">']
    parts.append('<rect width="100%" height="100%" fill="#fff"/>')
    parts.append('<text x="12" y="18" font-size="13">Milliseconds of processor time for a document</text>')
    for power in range(low, high + 1):
        x = _x(10**power, low, high)
        parts.append(f'<path d="M{x:.0f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        parts.append(
            f'<text x="{x:.0f}" y="{HEIGHT - BOTTOM + 18}" font-size="12" text-anchor="middle">{10**power:,}</text>'
        )
    for tick in (0.1, 1, 10, 100):
        y = _y(tick / 1000)
        parts.append(f'<path d="M{LEFT} {y:.0f}H{WIDTH - 20}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.0f}" font-size="12" text-anchor="end">{tick:g}</text>')
    middle = (LEFT + WIDTH) / 2
    parts.append(
        f'<text x="{middle}" y="{HEIGHT - 12}" font-size="12" text-anchor="middle">articles in the index</text>'
    )
    for place, ((name, points), colour) in enumerate(zip(lines, COLOURS, strict=True)):
        path = " ".join(f"{_x(size, low, high):.1f},{_y(seconds):.1f}" for size, seconds in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{_x(size, low, high):.1f}" cy="{_y(s):.1f}" r="3" fill="{colour}"/>' for size, s in points
        ]
        parts.append(f'<text x="{LEFT + 12}" y="{TOP + 16 + 16 * place}" font-size="12" fill="{colour}">{name}</text>')
    return "\n".join([*parts, "</svg>\n"])


def _of(kind: str, results: Sequence[Result]) -> list[Result]:
    return [result for result in results if result["kind"] == kind and "missing" not in result]


def _peers(kind: str, results: Sequence[Result]) -> list[tuple[int, float]]:
    return [(result["size"], result["lookup"] + result["insert"]) for result in _of(kind, results)]


def _x(size: float, low: int, high: int) -> float:
    return LEFT + (WIDTH - LEFT - 20) * (math.log10(size) - low) / max(1, high - low)


def _y(seconds: float) -> float:
    """From a twentieth of a millisecond at the foot to half a second at the top."""
    share = (math.log10(seconds) - math.log10(5e-5)) / 4
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * min(1.0, max(0.0, share))
