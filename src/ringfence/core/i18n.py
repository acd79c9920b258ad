"""Words in three languages: gettext catalogues, the English sentence is the key.

The catalogues are `locale/<language>/LC_MESSAGES/ringfence.po`, read as they are (nothing to compile). To bring them
up to date with the source: `python -m ringfence.core.i18n` (adds new sentences with an empty translation, drops those
that nothing uses any more, and lists what is left to translate).
"""

from __future__ import annotations

import gettext
import io
import sys
from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from ringfence.core.message import Message, render

Translate = Callable[[str], str]
"""Takes an English sentence and returns it in one language; an unknown sentence comes back as it is."""

PACKAGE = Path(__file__).resolve().parents[1]
LOCALES = PACKAGE / "locale"
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "tr": None, "N_": None, "Message": None, "msg": None}
"""Calls whose first argument is a sentence to translate."""


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


def sentences(roots: Iterable[Path] = (PACKAGE,)) -> dict[str, list[str]]:
    """Return every sentence that the source marks for translation, with the places (`path:line`) that use it."""
    found: dict[str, list[str]] = {}
    for root in roots:
        for path, line, key, _comments, _context in extract_from_dir(
            root, method_map=[("**.py", "python")], keywords=KEYWORDS
        ):
            if isinstance(key, str) and key:
                found.setdefault(key, []).append(f"{path}:{line}")
    return found


def update_catalogues() -> list[str]:
    """Bring the catalogues up to date with the source; return `language: sentence` for what is not translated."""
    missing: list[str] = []
    used = sentences()
    for language in (Language.ZH_CN, Language.ZH_TW):
        path = catalogue_path(language)
        old = read_catalogue(language) if path.exists() else None
        fresh = Catalog(locale=language.value, project="Ringfence", domain="ringfence", fuzzy=False)
        for key in sorted(used):
            known = old.get(key) if old is not None else None
            text = known.string if known is not None and isinstance(known.string, str) else ""
            fresh.add(key, text)
            if not text:
                missing.append(f"{language.value}: {key}")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, fresh, width=100, omit_header=False, sort_output=True)
    return missing


if __name__ == "__main__":
    sys.stdout.write("\n".join(update_catalogues()) + "\n")
