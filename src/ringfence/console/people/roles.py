"""Roles as chips and as boxes to tick."""

from __future__ import annotations

from markupsafe import Markup

from ringfence.access import User
from ringfence.console.actions import Form
from ringfence.console.layout import ROLE_WORDS
from ringfence.console.markup import Content, join, tag
from ringfence.console.session import Visit
from ringfence.core.actor import Role
from ringfence.core.errors import UsageError
from ringfence.core.i18n import N_

PEOPLE_ROLES = tuple(role for role in Role if role is not Role.ROBOT)
"""The robot's role is not for people."""


def role_chips(visit: Visit, user: User) -> Markup:
    """Return the user's roles in words."""
    names = [tag("span", visit.tr(ROLE_WORDS[role]), class_="chip") for role in Role if role in user.roles]
    return tag("span", *names, class_="chips")


def role_boxes(visit: Visit, ticked: frozenset[Role], *, titled: bool = True) -> Content:
    """Return a group of boxes, one for each role that people may have."""
    boxes = [
        tag(
            "label",
            tag("input", type="checkbox", name="role", value=role.value, checked=role in ticked),
            visit.tr(ROLE_WORDS[role]),
            class_="tickrow",
        )
        for role in PEOPLE_ROLES
    ]
    return tag(
        "fieldset", tag("legend", visit.tr("Roles"), class_=None if titled else "sr"), join(boxes), class_="ticks"
    )


def roles_in(form: Form) -> set[Role]:
    """Return the roles that were ticked; raises `UsageError` for one that does not exist."""
    names = form.get("role", [])
    if not set(names) <= set(PEOPLE_ROLES):
        raise UsageError(N_("this role does not exist"))
    return {Role(name) for name in names}
