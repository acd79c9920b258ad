from __future__ import annotations

import re

import pytest

from ringfence.core.i18n import Language, choose_language, read_catalogue, say, sentences, translator
from ringfence.core.message import Message

CHINESE = [Language.ZH_CN, Language.ZH_TW]


def places(text: str) -> set[str]:
    return set(re.findall(r"\{[a-z_]+\}", text))


@pytest.mark.parametrize("language", CHINESE)
def test_every_sentence_of_the_source_has_a_translation(language: Language) -> None:
    catalogue = {str(entry.id): str(entry.string) for entry in read_catalogue(language) if entry.id}
    assert [f"{where[0]} {key}" for key, where in sentences().items() if not catalogue.get(key)] == []


@pytest.mark.parametrize("language", CHINESE)
def test_no_translation_is_left_over(language: Language) -> None:
    used = sentences()
    assert [entry.id for entry in read_catalogue(language) if entry.id and entry.id not in used] == []


@pytest.mark.parametrize("language", CHINESE)
def test_translations_have_the_same_places(language: Language) -> None:
    wrong = [e.id for e in read_catalogue(language) if e.id and places(str(e.id)) != places(str(e.string))]
    assert wrong == []


@pytest.mark.parametrize(("language", "characters"), [(Language.ZH_CN, "gb2312"), (Language.ZH_TW, "big5")])
def test_each_catalogue_keeps_to_its_own_characters(language: Language, characters: str) -> None:
    foreign = [
        (entry.id, letter)
        for entry in read_catalogue(language)
        for letter in str(entry.string)
        if entry.id and "\u4e00" <= letter <= "\u9fff" and not letter.encode(characters, "ignore")
    ]
    assert foreign == []


def test_the_source_marks_sentences_in_calls_choices_and_tables() -> None:
    found = sentences()
    assert "Sign in" in found  # a call
    assert "Assign to me" in found  # one of two in a conditional expression
    assert "The loss is serious" in found  # out of a table of the incident model


def test_a_translator_translates_and_leaves_the_unknown_alone() -> None:
    assert translator("zh_CN")("Sign in") == "登录"
    assert translator("zh_TW")("Sign in") == "登入"
    assert translator("en")("Sign in") == "Sign in"
    assert translator("xx")("Sign in") == "Sign in"
    assert translator("zh_CN")("No such sentence") == "No such sentence"
    assert translator("zh_CN")("") == ""


def test_a_message_is_filled_after_translation() -> None:
    message = Message("Web attack from {source} on {host}", {"source": "192.0.2.1", "host": "web-01"})
    assert say(translator("zh_CN"), message) == "192.0.2.1 对 web-01 的 Web 攻击"


@pytest.mark.parametrize(
    ("wanted", "accept", "chosen"),
    [
        ("zh_TW", "en", Language.ZH_TW),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", Language.ZH_CN),
        (None, "zh-Hant-HK", Language.ZH_TW),
        (None, "zh-HK, en;q=0.5", Language.ZH_TW),
        (None, "de, en;q=0.5, zh-TW;q=0.7", Language.ZH_TW),
        (None, "de, fr", Language.EN),
        ("klingon", "", Language.EN),
        (None, "en;q=nonsense, zh;q=0.1", Language.ZH_CN),
    ],
)
def test_the_language_is_the_wanted_one_or_the_best_that_the_browser_asks_for(
    wanted: str | None, accept: str, chosen: Language
) -> None:
    assert choose_language(wanted, accept) is chosen
