"""Choose whom work is given to."""

from __future__ import annotations

from ringfence.console.actions import Form, first
from ringfence.console.markup import Content, tag
from ringfence.console.session import Visit
from ringfence.core.actor import Permission
from ringfence.core.errors import UsageError
from ringfence.core.i18n import N_

NOBODY = "-"


async def assignee_box(visit: Visit, permission: Permission, chosen: str | None, *, off: bool = False) -> Content:
    """Return a drop-down named `who` of everybody who holds the permission.

    One who left stays in the list as long as the work is theirs. `off`: until something is chosen.
    """
    names = await visit.services.staff.names(visit.actor, permission)
    known = names if chosen is None or chosen in names else [*names, chosen]
    nobody = tag("option", visit.tr("Nobody"), value=NOBODY, selected=chosen is None)
    options = [tag("option", name, value=name, selected=name == chosen) for name in known]
    label = visit.tr("Assign to")
    return tag("select", nobody, *options, name="who", class_="in", disabled=off, aria_label=label)


async def chosen_assignee(visit: Visit, form: Form, permission: Permission) -> str | None:
    """Return whom the form names, None for nobody; raises `UsageError` for one who cannot take the work."""
    who = first(form, "who")
    if who == NOBODY:
        return None
    if who not in await visit.services.staff.names(visit.actor, permission):
        raise UsageError(N_("this person cannot take this work"))
    return who
