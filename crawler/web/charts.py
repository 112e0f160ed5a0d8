"""Charts as inline SVG: no script, no style of their own, a title for each mark, colours from the style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH, HEIGHT = 540, 176
_LEFT, _TOP, _BOTTOM = 40, 10, 24


@dataclass(frozen=True, slots=True)
class Bar:
    """One place on the axis: its name, the values stacked there from below, and what to say of it."""

    name: str
    values: tuple[float, ...]
    told: str


def columns(label: str, bars: Sequence[Bar], *, percent: bool = False) -> Markup:
    """Stacked columns with an axis; the values of a bar have the classes `s0`, `s1`, … from below."""
    top = _round_up(max((sum(bar.values) for bar in bars), default=0) or 1, percent)
    height = HEIGHT - _TOP - _BOTTOM
    step = (WIDTH - _LEFT) / max(len(bars), 1)
    width = min(step * 0.78, 34)
    parts = [_line(_TOP + height * (1 - share), _number(top * share, percent)) for share in (0, 0.5, 1)]
    for number, bar in enumerate(bars):
        x = _LEFT + step * number + (step - width) / 2
        parts.append(_column(bar, x, width, height / top))
    for number in _labelled(len(bars)):
        x = _LEFT + step * (number + 0.5)
        anchor = "end" if number == len(bars) - 1 and len(bars) > 1 else "middle"
        x = WIDTH if anchor == "end" else x
        parts.append(
            Markup('<text x="{:.1f}" y="{}" text-anchor="{}">{}</text>').format(
                x, HEIGHT - 6, anchor, bars[number].name
            )
        )
    return _svg(label, WIDTH, HEIGHT, Markup("").join(parts), "chart")


def _column(bar: Bar, x: float, width: float, scale: float) -> Markup:
    parts, y = [], HEIGHT - _BOTTOM + 0.0
    for series, value in enumerate(bar.values):
        tall = value * scale
        y -= tall
        if tall:
            parts.append(
                Markup('<rect class="s{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
                    series, x, y, width, max(tall, 0.8)
                )
            )
    return Markup("<g><title>{}</title>{}</g>").format(bar.told, Markup("").join(parts))


def sparkline(label: str, values: Sequence[float], width: int = 160, height: int = 36) -> Markup:
    """Small columns without an axis."""
    top = max(values, default=0) or 1
    step = width / max(len(values), 30)  # fewer days stand at the right end
    bars = Markup("").join(
        Markup('<rect class="s0" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
            width - (len(values) - number) * step, height - max(value / top * height, 1), max(step - 1, 1), max(value / top * height, 1)
        )
        for number, value in enumerate(values)
    )
    return _svg(label, width, height, bars, "spark")


def share(label: str, value: float, top: float, series: int = 0) -> Markup:
    """One horizontal bar: a value beside the greatest one."""
    width = 100 * min(abs(value) / top, 1) if top else 0
    bar = Markup('<rect class="s{}" x="0" y="0" width="{:.1f}" height="8"/>').format(series, width)
    return Markup(
        '<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(label, bar)


def _svg(label: str, width: int, height: int, body: Markup, kind: str) -> Markup:
    return Markup('<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        kind, width, height, label, body
    )


def _line(y: float, text: str) -> Markup:
    return Markup(
        '<line x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}"/><text x="{3}" y="{4:.1f}" text-anchor="end">{5}</text>'
    ).format(_LEFT, WIDTH, y, _LEFT - 6, y + 4, text)


def _labelled(count: int) -> list[int]:
    """Which of so many places have their name written: six at most."""
    if count <= 6:
        return list(range(count))
    return [round(part * (count - 1) / 4) for part in range(5)]


def _round_up(value: float, percent: bool) -> float:
    """The top of the axis: an even number, so that its half is whole."""
    if percent:
        return min(1.0, -(-value // 0.1) * 0.1)
    for factor in (1, 10, 100, 1000, 10**4, 10**5, 10**6):
        for step in (2, 4, 6, 8, 10):
            if value <= step * factor:
                return step * factor
    return value


def _number(value: float, percent: bool) -> str:
    return f"{value:.0%}" if percent else f"{value:,.0f}"
