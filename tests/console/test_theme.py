"""The colour tokens: every text can be read on what it stands on, in both themes (WCAG 2.2, 1.4.3: 4.5 to 1)."""

from __future__ import annotations

import re
from itertools import product

import pytest

from ringfence.console.theme import STATIC
from ringfence.core.severity import Severity

CSS = (STATIC / "console.css").read_text(encoding="utf-8")
TEXT_ON = [
    *product(("text", "text-2", "text-3", "accent"), ("page", "surface", "surface-2", "sunken")),
    *[(f"{level}-text", f"{level}-soft") for level in Severity],
    *[(f"code-{kind}", "sunken") for kind in ("key", "string", "number", "comment")],
    ("on-accent", "accent"), ("on-accent", "accent-hover"), ("accent", "accent-soft"), ("good", "good-soft"),
    ("bad", "bad-soft"), ("text", "mark"), ("text-2", "mark"), ("nav-text", "nav"), ("nav-text-strong", "nav-active"),
]  # fmt: skip


def tokens(selector: str) -> dict[str, str]:
    block = CSS.split(selector + " {", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_the_standard_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("selector", [":root", ":root.rf-dark"])
def test_every_text_has_contrast(selector: str) -> None:
    colours = tokens(selector)
    weak = {
        (t, g): round(contrast(colours[t], colours[g]), 2) for t, g in TEXT_ON if contrast(colours[t], colours[g]) < 4.5
    }
    assert weak == {}


@pytest.mark.parametrize("selector", [":root", ":root.rf-dark"])
def test_shapes_of_severities_can_be_seen(selector: str) -> None:
    colours = tokens(selector)
    assert [level for level in Severity if contrast(colours[level], colours["surface"]) < 2.4] == []


def test_the_dark_theme_redefines_every_colour() -> None:
    assert set(tokens(":root")) - set(tokens(":root.rf-dark")) == set()


def test_no_colour_stands_outside_the_tokens() -> None:
    rules = CSS.split("/* base */", 1)[1]
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", rules)) <= {"#fff", "#8fa1af"}
