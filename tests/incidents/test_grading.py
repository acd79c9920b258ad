"""Every cell of the three tables of GB/T 20986-2023, and the rule of factors for the other categories."""

from __future__ import annotations

import pytest

from ringfence.assets import Importance
from ringfence.core.message import Message
from ringfence.core.severity import Level
from ringfence.incidents import Category, Facts, Intensity, Loss, SocialImpact, grade

S, I, G = Importance.SPECIAL, Importance.IMPORTANT, Importance.GENERAL  # noqa: E741
STOPPED, LITTLE, MUCH, MASSIVE = Intensity.STOPPED, Intensity.LITTLE, Intensity.MUCH, Intensity.MASSIVE

NETWORK = """
special   massive P0
special   much    P1
special   little  P1
important massive P1
important much    P1
important little  P2
general   massive P2
general   much    P2
general   little  P3
special   stopped P3
important stopped P3
general   stopped P3
"""
MALWARE = """
special   massive P0
special   much    P0
special   little  P1
important massive P1
important much    P1
important little  P2
general   massive P3
general   much    P3
general   little  P3
special   stopped P3
important stopped P3
general   stopped P3
"""
DATA = """
special   massive P0
special   much    P0
special   little  P1
important massive P1
important much    P1
important little  P2
general   massive P2
general   much    P2
general   little  P3
special   stopped P3
important stopped P3
general   stopped P3
"""
OTHER = """
special   massive P1
special   much    P1
special   little  P1
important massive P2
important much    P2
important little  P2
general   massive P3
general   much    P3
general   little  P3
special   stopped P3
important stopped P3
general   stopped P3
"""
TABLES = {Category.NETWORK_ATTACK: NETWORK, Category.MALWARE: MALWARE, Category.DATA_SECURITY: DATA}
CELLS = [
    (category, *line.split()) for category in Category for line in TABLES.get(category, OTHER).strip().splitlines()
]


@pytest.mark.parametrize(("category", "importance", "intensity", "level"), CELLS)
def test_cells_of_the_importance_row(category, importance, intensity, level):
    assert grade(Facts(category, Importance(importance), Intensity(intensity))).level == Level(level)


@pytest.mark.parametrize("category", Category)
@pytest.mark.parametrize(
    ("loss", "level"), [(Loss.EXTREME, "P0"), (Loss.SERIOUS, "P1"), (Loss.MODERATE, "P2"), (Loss.MINOR, "P3")]
)
def test_cells_of_the_loss_row(category, loss, level):
    assert grade(Facts(category, G, STOPPED, loss)).level == Level(level)


@pytest.mark.parametrize("category", Category)
@pytest.mark.parametrize(
    ("social", "level"),
    [
        (SocialImpact.EXTREME, "P0"),
        (SocialImpact.MAJOR, "P1"),
        (SocialImpact.MODERATE, "P2"),
        (SocialImpact.GENERAL, "P3"),
    ],
)
def test_cells_of_the_social_row(category, social, level):
    assert grade(Facts(category, G, STOPPED, Loss.MINOR, social)).level == Level(level)


def test_the_worst_cell_wins_and_says_why():
    result = grade(Facts(Category.MALWARE, I, LITTLE, Loss.SERIOUS, SocialImpact.GENERAL, "fs01"))
    assert result.level == Level.P1
    assert result.reasons == (
        Message("The loss is serious"),
        Message("The {importance} system {system} was infected once", {"importance": "important", "system": "fs01"}),
    )


def test_all_cells_that_give_the_level_are_named():
    result = grade(Facts(Category.DATA_SECURITY, S, MUCH, Loss.EXTREME, SocialImpact.EXTREME, "db01"))
    assert [reason.english() for reason in result.reasons] == [
        "The special system db01 may have lost much data",
        "The loss is extremely serious",
        "The social impact is extremely serious",
    ]


@pytest.mark.parametrize("category", Category)
@pytest.mark.parametrize("intensity", Intensity)
def test_every_grade_has_a_sentence_without_gaps(category, intensity):
    for reason in grade(Facts(category, G, intensity, system="ws-17")).reasons:
        assert "{" not in reason.english()
