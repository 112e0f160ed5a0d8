"""The pages' colours, light and dark, have the contrast that WCAG 2.2 AA asks for."""

from __future__ import annotations

import re

import pytest

from crawler.web.links import asset

TEXT, GRAPHICS = 4.5, 3.0
PAIRS = [
    *((ink, ground, TEXT) for ink in ("ink", "muted", "accent", "link") for ground in ("bg", "card")),
    ("on-accent", "accent", TEXT),
    ("ink", "mark", TEXT),
    ("ink", "against", TEXT),
    ("ins-ink", "ins", TEXT),
    ("del-ink", "del", TEXT),
    *((mark, ground, GRAPHICS) for mark in ("s0", "s1", "edge") for ground in ("bg", "card")),
]


def colours(scheme: str) -> dict[str, str]:
    """The style sheet's own colours by name."""
    sheet = asset("style.css").decode()
    light, dark = re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light if scheme == "light" else dark))


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it.

    >>> luminance("#ffffff")
    1.0
    """
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21.

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_each_pair_of_colours_can_be_told_apart(scheme: str, ink: str, ground: str, least: float) -> None:
    palette = colours(scheme)
    assert contrast(palette[ink], palette[ground]) >= least


def test_both_schemes_name_the_same_colours_and_nothing_else_is_coloured() -> None:
    assert colours("light").keys() == colours("dark").keys()
    sheet = re.sub(r":root \{.*?\}", "", asset("style.css").decode(), flags=re.DOTALL)
    assert not re.search(r"#[0-9a-f]{3,8}\b|rgb|hsl", sheet)
