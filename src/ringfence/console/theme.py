"""How the console looks: icons, shapes of severities, what every page loads. Colours are in `static/console.css`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from markupsafe import Markup
from nicegui import __version__ as toolkit_version

from ringfence import __version__
from ringfence.console.markup import Content, join, tag
from ringfence.console.session import Tastes, Theme

STATIC = Path(__file__).parent / "static"
STATIC_URL = "/console/static"

_PATHS = {
    "overview": '<path d="M4 13h6V4H4zM14 20h6v-9h-6zM4 20h6v-3H4zM14 7h6V4h-6z"/>',
    "alerts": '<path d="M12 3.5 2.8 19.5h18.4zM12 10v4.5M12 17.2v.1"/>',
    "incidents": '<path d="M12 3l7.5 3v5.5c0 4.6-3.1 8-7.5 9.5-4.4-1.5-7.5-4.9-7.5-9.5V6z"/>'
    '<path d="M12 8.5v4.5M12 16v.1"/>',
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>',
    "quarantine": '<path d="M4 8h16v12H4zM3 4h18v4H3zM10 12h4"/>',
    "rules": '<path d="M6 3h9l4 4v14H6zM14.5 3v5H19M9.5 12.5h6M9.5 16.5h6"/>',
    "tuning": '<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="17" r="2"/>',
    "sources": '<path d="M12 3v11M7.5 9.5 12 14l4.5-4.5M4 16v4.5h16V16"/>',
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "user": '<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5"/>',
    "language": '<circle cx="12" cy="12" r="9"/>'
    '<path d="M3 12h18M12 3c3 3 3.5 6 3.5 9s-.5 6-3.5 9c-3-3-3.5-6-3.5-9s.5-6 3.5-9z"/>',
    "theme": '<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z"/>',
    "out": '<path d="M14 4H5v16h9M10 12h11M17.5 8.5 21 12l-3.5 3.5"/>',
    "key": '<circle cx="8" cy="15.5" r="4.5"/><path d="m11.5 12 8-8M16 7.5l3 3"/>',
    "close": '<path d="m6 6 12 12M18 6 6 18"/>',
    "good": '<path d="m4.5 12.5 5 5 10-11"/>',
    "empty": '<path d="M4 13h4.5l1.5 3h4l1.5-3H20M4 13l3-8h10l3 8v7H4z"/>',
    "bad": '<circle cx="12" cy="12" r="9"/><path d="M12 7.5v5.5M12 16.2v.1"/>',
    "refresh": '<path d="M20 12a8 8 0 1 1-2.3-5.7L20 8.5M20 4v4.5h-4.5"/>',
    "assets": '<path d="M4 4h16v6H4zM4 14h16v6H4zM7.5 7v.1M7.5 17v.1M12 7h5M12 17h5"/>',
    "users": '<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20c.8-3.6 3.3-5 6.5-5s5.7 1.4 6.5 5M15.5 4.8'
    'a3.5 3.5 0 0 1 0 6.4M18 15.5c1.9.7 3.1 2.2 3.5 4.5"/>',
    "tokens": '<circle cx="8" cy="15.5" r="4.5"/><path d="m11.5 12 8-8M16 7.5l3 3"/>',
    "audit": '<path d="M6 3h12v18H6zM9 8h6M9 12h6M9 16h3"/>',
    "host": '<path d="M3 4.5h18v11H3zM8 20h8M12 15.5V20"/>',
}

_SHAPES = {
    "critical": '<path d="M3.5 0h5L12 3.5v5L8.5 12h-5L0 8.5v-5z"/>',
    "high": '<path d="M6 .5 12 11.5H0z"/>',
    "medium": '<path d="m6 0 6 6-6 6-6-6z"/>',
    "low": '<circle cx="6" cy="6" r="5"/>',
    "informational": '<path d="M6 0a6 6 0 1 0 0 12A6 6 0 0 0 6 0m0 2.2a3.8 3.8 0 1 1 0 7.6 3.8 3.8 0 0 1 0-7.6"/>',
}


@cache
def icon(name: str) -> Markup:
    """Return a line icon, invisible to screen readers (a label always stands beside it)."""
    return Markup(f'<svg class="i" viewBox="0 0 24 24" aria-hidden="true">{_PATHS[name]}</svg>')  # noqa: S704


@cache
def shape(level: str) -> Markup:
    """Return the shape of a severity: told apart without colour."""
    return Markup(f'<svg class="shape" viewBox="0 0 12 12" aria-hidden="true">{_SHAPES[level]}</svg>')  # noqa: S704


@cache
def logo() -> Markup:
    """Return the logo as inline SVG."""
    return Markup((STATIC / "logo.svg").read_text(encoding="utf-8").strip())  # noqa: S704 - our own file


@cache
def asset(name: str) -> str:
    """Return the address of a static file; it changes when the file does, so browsers may keep it for ever."""
    stamp = int((STATIC / name).stat().st_mtime)
    return f"{STATIC_URL}/{name}?v={__version__}-{stamp}"


def head(tastes: Tastes) -> Markup:
    """Return what every page has in its head: styles, helpers, and the theme before the first paint."""
    dark = {Theme.DARK: "true", Theme.LIGHT: "false", Theme.AUTO: "null"}[tastes.theme]
    return join(
        [
            tag("link", rel="stylesheet", href=asset("console.css")),
            tag("link", rel="icon", type="image/svg+xml", href=asset("favicon.svg")),
            tag("script", "", src=asset("console.js")),
            tag("meta", name="rf-theme", content=dark),
            tag("script", Markup("rf.theme()")),
        ]
    )


def document(tastes: Tastes, title: str, content: Content) -> str:
    """Return a whole page without the toolkit: sign-in and answers to failed forms."""
    parts = [
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{title} · Ringfence"),
        tag("link", rel="stylesheet", href=f"/_nicegui/{toolkit_version}/static/fonts.css"),
        head(tastes),
    ]
    body = tag("body", tag("div", tag("main", content), class_="login"))
    return "<!doctype html>" + str(tag("html", tag("head", *parts), body, lang=tastes.language.tag))
