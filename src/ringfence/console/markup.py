"""HTML as values: every text is escaped, so what stands in a log can never become markup."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

Content = str | int | float | Markup | None
"""What may stand inside a tag: text (escaped), markup (as it is), None (left out)."""

Attribute = str | int | bool | None
"""Value of an attribute: True stands alone, False and None are left out."""

_VOID = frozenset({"br", "hr", "img", "input", "meta", "link"})


def tag(name: str, /, *content: Content, **attributes: Attribute) -> Markup:
    """Return an element. `class_` is `class`; other underscores become dashes (`data_us` is `data-us`)."""
    parts: list[str] = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        plain = key.rstrip("_").replace("_", "-")
        parts.append(f" {plain}" if value is True else f' {plain}="{escape(str(value))}"')
    opening = f"<{name}{''.join(parts)}>"
    if name in _VOID:
        return Markup(opening)  # noqa: S704 - escaped above
    return Markup(f"{opening}{join(content)}</{name}>")  # noqa: S704 - escaped above


def join(items: Iterable[Content], between: str = "") -> Markup:
    """Return the items one after the other; texts are escaped."""
    return escape(between).join(escape(item) for item in items if item is not None)
