"""`key=value` pairs as devices write them: quoted, bare, with blanks around, with commas or semicolons between."""

from __future__ import annotations

import re

from ringfence.ecs.event import FieldValue

_MAX_PAIRS = 1024
_PAIR = re.compile(
    r"""(?:^|(?<=[\s,;|(\[{"'\]]))([A-Za-z_][\w.\-/]{0,79})=(?:"((?:[^"\\]|\\.){0,65536})"|'([^']{0,65536})'(?=[\s,;)\]]|$)|([^\s,;"']?[^\s,;"]{0,8192}))"""
)
_BARE = re.compile(r"""(?:^|(?<=[\s,;|]))([A-Za-z_][\w.\-/]{0,79})=(?:"((?:[^"\\]|\\.){0,65536})"|(\S{0,8192}))""")


def read_pairs(text: str, *, commas: bool = True) -> dict[str, FieldValue]:
    """Return the pairs in order; of a key that comes twice the first value stays.

    `commas`: a comma ends a bare value.
    """
    pairs: dict[str, FieldValue] = {}
    if commas:
        for found in _PAIR.finditer(text):
            key, quoted, single, bare = found.groups()
            value = (
                quoted
                if quoted is not None
                else single
                if single is not None
                else bare.rstrip(")]}")
                if "(" not in bare and "[" not in bare
                else bare
            )
            pairs.setdefault(key, value.replace('\\"', '"') if "\\" in value else value)
            if len(pairs) >= _MAX_PAIRS:
                break
        return pairs
    for found in _BARE.finditer(text):
        key, quoted, bare = found.groups()
        value = quoted if quoted is not None else bare
        pairs.setdefault(key, value.replace('\\"', '"') if "\\" in value else value)
        if len(pairs) >= _MAX_PAIRS:
            break
    return pairs


def looks_paired(text: str, least: int = 3) -> bool:
    """Tell whether a text holds at least `least` pairs and they are a good part of its words."""
    return any(count >= least for count, _ in enumerate(_PAIR.finditer(text[:2048]), 1))
