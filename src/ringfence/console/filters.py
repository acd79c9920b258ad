"""Filter bars above grids: plain forms, so a filtered view has an address that can be kept and shared."""

from __future__ import annotations

from collections.abc import Sequence

from ringfence.console.markup import Content, join, tag
from ringfence.console.session import Visit


def chip(visit: Visit, name: str, value: str, label: str) -> Content:
    """Return a chip that can be ticked; ticking it filters at once."""
    ticked = value in visit.request.query_params.getlist(name)
    box = tag("input", type="checkbox", name=name, value=value, checked=ticked, data_submits=True)
    return tag("label", box, label, class_="chip tick")


def chooser(visit: Visit, name: str, label: str, choices: dict[str, str]) -> Content:
    """Return a drop-down; `choices` are words by value, in the visitor's language."""
    options = [tag("option", word, value=value, selected=value == visit.asked(name)) for value, word in choices.items()]
    return join(
        [
            tag("label", label, for_=name, class_="sr"),
            tag("select", *options, id=name, name=name, class_="in", data_submits=True),
        ]
    )


def filter_form(
    visit: Visit,
    path: str,
    hint: str,
    groups: Sequence[tuple[str, Sequence[Content]]],
    *,
    more: Content = None,
    kept: Sequence[str] = (),
) -> Content:
    """Return the bar: a text box, then `more`, then groups of chips. `kept` are names from links that stay."""
    held = [name for name in kept if visit.asked(name)]
    clear = tag("a", visit.tr("Clear"), href=path, class_="btn quiet small") if visit.request.query_params else None
    return tag(
        "form",
        tag("label", hint, for_="text", class_="sr"),
        tag("input", id="text", name="text", type="search", value=visit.asked("text"), class_="in grow",
            placeholder=hint),
        more,
        tag("button", visit.tr("Filter"), type="submit", class_="btn"),
        *[tag("div", *chips, class_="chips", role="group", aria_label=name) for name, chips in groups],
        *[tag("span", visit.asked(name), class_="chip") for name in held],
        *[tag("input", type="hidden", name=name, value=visit.asked(name)) for name in held],
        clear,
        method="get", action=path, class_="bar filters",
    )  # fmt: skip
