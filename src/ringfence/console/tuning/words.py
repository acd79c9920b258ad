"""Words for states of rules, for ends of exclusions, and for how long an exclusion may last."""

from __future__ import annotations

from ringfence.core.i18n import N_

STATE_WORDS = {
    "draft": N_("Draft"),
    "testing": N_("Testing"),
    "production": N_("Production"),
    "deprecated": N_("Deprecated"),
}

STATE_ADVICE = {
    "draft": N_("Known, but raises and counts nothing."),
    "testing": N_("Its matches are counted and raise no alert."),
    "production": N_("Its matches raise alerts."),
    "deprecated": N_("Out of use: raises and counts nothing."),
}

ENDED_WORDS = {
    "by_hand": N_("Ended by hand"),
    "expired": N_("Ran out"),
    "stale": N_("Ended: it kept nothing quiet any more"),
}

OUTCOME_WORDS = {
    "testing": N_("The rule is in testing"),
    "excluded": N_("An exclusion covers it"),
}

SPANS = (30, 90, 180, 365)
"""Days that an exclusion may be asked to last."""

DEFAULT_SPAN = 90
