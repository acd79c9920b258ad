"""Parts that several pages show: times, severities, empty states, cards, notes. All return markup."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from markupsafe import Markup

from ringfence.console.markup import Content, join, tag
from ringfence.console.theme import icon, shape
from ringfence.core.clock import to_datetime
from ringfence.core.errors import QueryError, RingfenceError
from ringfence.core.i18n import N_, Translate
from ringfence.core.severity import Severity

SEVERITY_WORDS = {
    "critical": N_("Critical"),
    "high": N_("High"),
    "medium": N_("Medium"),
    "low": N_("Low"),
    "informational": N_("Informational"),
}

TACTIC_WORDS = {
    "reconnaissance": N_("Reconnaissance"),
    "resource-development": N_("Resource development"),
    "initial-access": N_("Initial access"),
    "execution": N_("Execution"),
    "persistence": N_("Persistence"),
    "privilege-escalation": N_("Privilege escalation"),
    "defense-evasion": N_("Defense evasion"),
    "credential-access": N_("Credential access"),
    "discovery": N_("Discovery"),
    "lateral-movement": N_("Lateral movement"),
    "collection": N_("Collection"),
    "command-and-control": N_("Command and control"),
    "exfiltration": N_("Exfiltration"),
    "impact": N_("Impact"),
    "stealth": N_("Stealth"),
    "defense-impairment": N_("Defense impairment"),
}


def moment(us: int | None, kind: str = "") -> Markup:
    """Return a time in the browser's zone, UTC on hover. kind: "" full, "short" (today without date), "ago"."""
    if us is None:
        return tag("span", "–")
    return tag("time", to_datetime(us).strftime("%Y-%m-%d %H:%M:%S UTC"), data_us=us, data_kind=kind or None)


def severity(level: str, tr: Translate) -> Markup:
    """Return a severity as shape, word and colour."""
    known = level if level in set(Severity) else "informational"
    return tag("span", shape(known), tr(SEVERITY_WORDS[known]), class_=f"sev {known}")


def tactic(name: str, tr: Translate) -> str:
    """Return the ATT&CK tactic in words."""
    return tr(TACTIC_WORDS[name]) if name in TACTIC_WORDS else name.replace("-", " ")


def words(table: dict[str, str], tr: Translate) -> dict[str, str]:
    """Return a table of words in the visitor's language."""
    return {key: tr(word) for key, word in table.items()}


def empty(picture: str, title: str, advice: str, *more: Content) -> Markup:
    """Return what stands where nothing is: what is missing and what to do."""
    return tag("div", icon(picture), tag("b", title), tag("p", advice), *more, class_="empty")


def note(kind: str, *content: Content) -> Markup:
    """Return a framed sentence; kind: "", "good" or "bad"."""
    picture = icon("good" if kind == "good" else "bad")
    return tag("div", picture, tag("div", *content), class_=f"note {kind}", role="alert" if kind == "bad" else "status")


def error_note(error: RingfenceError, tr: Translate) -> Markup:
    """Return an error as a sentence, with its remedy and, for a query, the wrong place underlined."""
    sentence = " ".join(full_sentence(tr(part)) for part in (error.message, error.remedy) if part)
    if not isinstance(error, QueryError):
        return note("bad", sentence)
    carets = " " * error.position + "^" * max(1, error.length)
    pointer = tag("div", one_line(error.query), "\n", tag("b", carets), class_="pointer")
    return note("bad", sentence, pointer)


def full_sentence(text: str) -> str:
    """Return a message of an error as a sentence: a capital letter before, a full stop behind."""
    end = "" if text.endswith((".", "。", "!", "?")) else "。" if text and "\u4e00" <= text[-1] <= "\u9fff" else "."
    return text[:1].upper() + text[1:] + end


def one_line(text: str) -> str:
    """Return the text with line ends and tabs as spaces, character for character."""
    return re.sub(r"[\r\n\t]", " ", text)


def card(title: Content, *content: Content, more: Content = None, flush: bool = False) -> Markup:
    """Return a card; `more` stands at the right of its title, `flush` lets lists reach its edges."""
    return tag("section", *card_parts(title, *content, more=more, flush=flush), class_="card")


def card_parts(title: Content, *content: Content, more: Content = None, flush: bool = False) -> list[Markup]:
    """Return title and body of a card, for where the card itself is an element of the toolkit."""
    aside = tag("span", more, class_="more") if more is not None else None
    return [
        tag("div", tag("h2", title), aside, class_="title"),
        tag("div", *content, class_="body flush" if flush else "body"),
    ]


def pairs(rows: Iterable[tuple[str, Content]]) -> Markup:
    """Return names and values as a list."""
    return tag("dl", *[join([tag("dt", name), tag("dd", value)]) for name, value in rows], class_="kv")


def table(
    heads: Sequence[Content], rows: Iterable[Sequence[Markup]], *, stackable: bool = True, numbers: Collection[int] = ()
) -> Markup:
    """Return a table of ready cells (see `cell`); on a narrow screen each row becomes a card.

    `numbers`: places of the columns whose head stands at the right.
    """
    cells = [
        tag("th", head, scope="col", class_="num" if place in numbers else None) for place, head in enumerate(heads)
    ]
    top = tag("tr", *cells)
    body = [tag("tr", *row) for row in rows]
    kind = "t stackable" if stackable else "t"
    return tag("div", tag("table", tag("thead", top), tag("tbody", *body), class_=kind), class_="tablewrap")


def cell(content: Content, label: str = "", kind: str = "") -> Markup:
    """Return a table cell; `label` names it where the row is a card."""
    return tag("td", tag("span", content), data_label=label or None, class_=kind or None)


_YAML_LINE = re.compile(
    r"^(?P<indent>\s*(?:- )*)(?P<key>[\w.|*@-]+|'[^']*'|\"[^\"]*\")(?P<colon>:)(?=\s|$)(?P<rest>.*)$"
)


def yaml_code(text: str) -> Markup:
    """Return YAML with keys, strings, numbers and comments coloured."""
    return tag(
        "pre", tag("code", join([_yaml_line(line) for line in text.splitlines()], "\n")), class_="code", tabindex=0
    )


def _yaml_line(line: str) -> Markup:
    if line.lstrip().startswith("#"):
        return tag("span", line, class_="c")
    found = _YAML_LINE.match(line)
    if found is None:
        return join([_yaml_value(line)])
    return join([found["indent"], tag("span", found["key"], class_="k"), ":", _yaml_value(found["rest"])])


def _yaml_value(text: str) -> Markup:
    value = text.strip().removeprefix("- ")
    if not value:
        return join([text])
    kind = "n" if re.fullmatch(r"-?\d+(\.\d+)?|true|false|null", value) else "s"
    return tag("span", text, class_=kind)


def copyable(text: str, label: str, done: str) -> Markup:
    """Return a code block with a button that copies it."""
    button = tag("button", label, type="button", class_="btn small", data_copy=done)
    return tag("div", tag("pre", tag("code", text), class_="code", tabindex=0), button, class_="copy")
