"""Words in three languages: gettext catalogues, the English sentence is the key.

The catalogues are `locale/<language>/LC_MESSAGES/ringfence.po`, read as they are (nothing to compile). To bring them
up to date with the source: `python -m ringfence.core.i18n` (adds new sentences with an empty translation, drops those
that nothing uses any more, and lists what is left to translate).
"""

from __future__ import annotations

import ast
import gettext
import io
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from ringfence.core.message import Message, render

Translate = Callable[[str], str]
"""Takes an English sentence and returns it in one language; an unknown sentence comes back as it is."""

PACKAGE = Path(__file__).resolve().parents[1]
LOCALES = PACKAGE / "locale"
MARKS = frozenset({"_", "tr", "N_", "Message", "msg"})
"""Calls whose first argument is a sentence to translate."""

_ERRORS = frozenset({"SignInError", "UsageError", "ConflictError", "NotFoundError", "QueryError", "error"})
_ERROR_ROOMS = frozenset({"access", "detect", "incidents", "ecs", "console"})


_HEADER = """# Ringfence in {title}. The key of an entry is the English sentence.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


class Language(StrEnum):
    """Languages of the product, as gettext names them."""

    EN = "en"
    ZH_CN = "zh_CN"
    ZH_TW = "zh_TW"

    @property
    def tag(self) -> str:
        """BCP 47 tag for `lang` attributes, e.g. `zh-CN`."""
        return self.value.replace("_", "-")

    @property
    def title(self) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Name of the language in itself."""
        return _TITLES[self]


_TITLES = {Language.EN: "English", Language.ZH_CN: "简体中文", Language.ZH_TW: "繁體中文"}


def N_(sentence: str) -> str:  # noqa: N802 - the name that gettext tools know
    """Return the sentence unchanged: marks a constant as something to translate where it is shown."""
    return sentence


@cache
def translator(language: str) -> Translate:
    """Return the function that translates into the language; English for one that is not known."""
    if language not in set(Language) or language == Language.EN:
        return N_
    binary = io.BytesIO()
    write_mo(binary, read_catalogue(Language(language)))
    binary.seek(0)
    table = gettext.GNUTranslations(binary)

    def translate(sentence: str) -> str:
        return table.gettext(sentence) if sentence else ""

    return translate


def say(translate: Translate, message: Message) -> str:
    """Return the message as a sentence in the translator's language."""
    return render(translate(message.key), message.params)


def choose_language(wanted: str | None, accept: str = "") -> Language:
    """Return the language: `wanted` where it is one of ours, else the best of an Accept-Language header (RFC 9110)."""
    if wanted in set(Language):
        return Language(str(wanted))
    ranked: list[tuple[float, int, Language]] = []
    for place, part in enumerate(accept[:500].split(",")):
        tag, _, weight = part.strip().partition(";q=")
        found = _by_tag(tag.strip().lower())
        if found is not None:
            ranked.append((-_weight(weight), place, found))
    return min(ranked)[2] if ranked else Language.EN


def _by_tag(tag: str) -> Language | None:
    main, _, rest = tag.partition("-")
    if main == "zh":
        return Language.ZH_TW if {"tw", "hk", "mo", "hant"} & set(rest.split("-")) else Language.ZH_CN
    return Language.EN if main == "en" else None


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


def catalogue_path(language: Language) -> Path:
    """Return where the language's catalogue is."""
    return LOCALES / language.value / "LC_MESSAGES" / "ringfence.po"


def read_catalogue(language: Language) -> Catalog:
    """Return the language's catalogue."""
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language.value, domain="ringfence")


def sentences() -> dict[str, list[str]]:
    """Return every sentence that the source marks for translation, with the places (`path:line`) that use it.

    Marked are: the first argument of a call named in `MARKS`, also where it is a choice of several; in rooms whose
    errors people see, the message and remedy of an error raised with constant text; and, in modules that make
    `Message`s, every constant that reads like a sentence, because their keys often come out of tables.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE)
        for line, key in _marked(ast.parse(path.read_text(encoding="utf-8")), place.parts[0]):
            if key:
                found.setdefault(key, []).append(f"{place}:{line}")
    return found


def _marked(tree: ast.Module, room: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in MARKS and node.args:
                yield from _constants(node.args[0])
            elif name in _ERRORS and room in _ERROR_ROOMS:
                told = node.args[:1] + (node.args[3:4] if name == "error" else [])
                for argument in [*told, *[word.value for word in node.keywords if word.arg == "remedy"]]:
                    yield from _constants(argument)
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    if room not in {"console", "core"} and any(node.module == "ringfence.core.message" for node in imports):
        yield from _sentence_like(tree)


def _constants(node: ast.expr) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.lineno, node.value


def _sentence_like(tree: ast.Module) -> Iterator[tuple[int, str]]:
    apart: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            apart.update(ast.walk(node))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            apart.add(node.value)  # a docstring
    for node in ast.walk(tree):
        if node in apart or not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if " " in node.value and (node.value[0].isupper() or node.value[0] == "{"):
            yield node.lineno, node.value


def update_catalogues() -> list[str]:
    """Bring the catalogues up to date with the source; return `language: sentence` for what is not translated."""
    missing: list[str] = []
    used = sentences()
    for language in (Language.ZH_CN, Language.ZH_TW):
        path = catalogue_path(language)
        old = read_catalogue(language) if path.exists() else None
        fresh = Catalog(
            locale=language.value,
            domain="ringfence",
            project="Ringfence",
            fuzzy=False,
        )
        for key in sorted(used):
            known = old.get(key) if old is not None else None
            text = known.string if known is not None and isinstance(known.string, str) else ""
            fresh.add(key, text)
            if not text:
                missing.append(f"{language.value}: {key}")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(_HEADER.format(title=language.title, language=language.value).encode())
            write_po(file, fresh, width=100, omit_header=True, sort_output=True)
    return missing


if __name__ == "__main__":
    sys.stdout.write("\n".join(update_catalogues()) + "\n")
