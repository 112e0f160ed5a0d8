"""Charts as inline SVG: no script, no style of their own, a title for each mark, colours from the style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 540, 176
_LEFT, _TOP, _BOTTOM = 40, 10, 24
_TALL = HEIGHT - _TOP - _BOTTOM


@dataclass(frozen=True, slots=True)
class Bar:
    """One place on the axis: its name, the values stacked there from below, and what to say of it."""

    name: str
    values: tuple[float, ...]
    told: str


def columns(label: str, bars: Sequence[Bar], *, percent: bool = False) -> Markup:
    """Stacked columns with an axis; the values of a bar have the classes `s0`, `s1`, … from below."""
    top = _round_up(max((sum(bar.values) for bar in bars), default=0) or 1, percent)
    step = (WIDTH - _LEFT) / max(len(bars), 1)
    width = min(step * 0.78, 34)
    parts = [_line(_TOP + _TALL * (1 - part), _number(top * part, percent)) for part in (0, 0.5, 1)]
    for number, bar in enumerate(bars):
        parts.append(_column(bar, _LEFT + step * number + (step - width) / 2, width, _TALL / top))
    for number in _labelled(len(bars)):
        last = number == len(bars) - 1 > 0
        x, anchor = (WIDTH, "end") if last else (_LEFT + step * (number + 0.5), "middle")
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 6}" text-anchor="{anchor}">{escape(bars[number].name)}</text>')
    return _svg(label, WIDTH, HEIGHT, "".join(parts), "chart")


def sparkline(label: str, values: Sequence[float], width: int = 160, height: int = 36) -> Markup:
    """Small columns without an axis."""
    top = max(values, default=0) or 1
    step = width / max(len(values), 30)  # fewer days stand at the right end
    first = width - len(values) * step
    talls = [max(value / top * height, 1) for value in values]
    bars = (_rect(0, first + number * step, height - tall, max(step - 1, 1), tall) for number, tall in enumerate(talls))
    return _svg(label, width, height, "".join(bars), "spark")


def share(label: str, value: float, top: float, series: int = 0) -> Markup:
    """One horizontal bar: a value beside the greatest one."""
    bar = _rect(series, 0, 0, 100 * min(abs(value) / top, 1) if top else 0, 8)
    return _svg(label, 100, 8, bar, 'share" preserveAspectRatio="none')


def _column(bar: Bar, x: float, width: float, scale: float) -> str:
    parts, y = [], float(HEIGHT - _BOTTOM)
    for series, value in enumerate(bar.values):
        y -= value * scale
        if value:
            parts.append(_rect(series, x, y, width, max(value * scale, 0.8)))
    return f"<g><title>{escape(bar.told)}</title>{''.join(parts)}</g>"


def _rect(series: int, x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="s{series:d}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def _line(y: float, text: str) -> str:
    return (
        f'<line x1="{_LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'
    )


def _svg(label: str, width: int, height: int, body: str, kind: str) -> Markup:
    """The picture; `body` and `kind` are markup, `label` is not."""
    start = f'<svg class="{kind}" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">'
    return Markup(f"{start}{body}</svg>")  # noqa: S704  # every text in it was escaped


def _labelled(count: int) -> list[int]:
    """Which of so many places have their name written: six at most."""
    if count <= 6:
        return list(range(count))
    return [round(part * (count - 1) / 4) for part in range(5)]


def _round_up(value: float, percent: bool) -> float:
    """The top of the axis: an even number, so that its half is whole.

    >>> _round_up(7, False), _round_up(130, False), _round_up(0.31, True)
    (8, 200, 0.4)
    """
    if percent:
        return min(1.0, -(-value // 0.1) / 10)
    for factor in (1, 10, 100, 1000, 10**4, 10**5, 10**6):
        for step in (2, 4, 6, 8, 10):
            if value <= step * factor:
                return step * factor
    return value


def _number(value: float, percent: bool) -> str:
    return f"{value:.0%}" if percent else f"{value:,.0f}"
