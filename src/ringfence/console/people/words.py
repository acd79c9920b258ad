"""Words and parts that the pages of users share."""

from __future__ import annotations

from markupsafe import Markup

from ringfence.access import User
from ringfence.console.markup import Content, join, tag
from ringfence.console.session import Visit
from ringfence.console.widgets import copyable


def state_of(visit: Visit, user: User) -> Markup:
    """Return whether the user can sign in, as a sign and words."""
    tr = visit.tr
    if user.disabled:
        return tag("span", tr("Disabled"), class_="state off")
    if user.locked_until > visit.services.clock.now_us():
        return tag("span", tr("Locked for wrong passwords"), class_="state contained")
    if user.must_change_password:
        return tag("span", tr("Has to choose a password"), class_="state contained")
    return tag("span", tr("Active"), class_="state closed")


def shown_once(visit: Visit, title: str, secret: str, advice: str, *more: Content) -> Markup:
    """Return the card of a secret that is on this page now and never again."""
    tr = visit.tr
    body = join([tag("p", advice), copyable(secret, tr("Copy"), tr("Copied")), *more])
    return tag(
        "section",
        tag("div", tag("h2", title), class_="title"),
        tag("div", body, class_="body"),
        class_="card secret",
        role="status",
    )
