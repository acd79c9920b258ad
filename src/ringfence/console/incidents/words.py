"""Words for what the incident model calls by its ids."""

from __future__ import annotations

from ringfence.console.alerts.words import VERDICT_WORDS
from ringfence.console.session import Visit
from ringfence.core.i18n import N_, say
from ringfence.core.message import Message

STATUS_WORDS = {
    "new": N_("New"),
    "triage": N_("Triage"),
    "investigating": N_("Investigating"),
    "contained": N_("Contained"),
    "eradicated": N_("Eradicated"),
    "recovered": N_("Recovered"),
    "closed": N_("Closed"),
    "merged": N_("Merged"),
}

CATEGORY_WORDS = {
    "malware": N_("Malware"),
    "network_attack": N_("Network attack"),
    "data_security": N_("Data security"),
    "content_security": N_("Content security"),
    "facility_fault": N_("Facility fault"),
    "violation": N_("Violation"),
    "hidden_danger": N_("Hidden danger"),
    "abnormal_behaviour": N_("Abnormal behaviour"),
    "force_majeure": N_("Force majeure"),
    "other": N_("Other"),
}

LEVEL_WORDS = {
    "P0": N_("Extremely serious"),
    "P1": N_("Major"),
    "P2": N_("Considerable"),
    "P3": N_("General"),
}

IMPORTANCE_WORDS = {"special": N_("special"), "important": N_("important"), "general": N_("general")}

_PARAMS = {
    "importance": IMPORTANCE_WORDS,
    "verdict": VERDICT_WORDS,
    "category": CATEGORY_WORDS,
    "status": STATUS_WORDS,
    "before": STATUS_WORDS,
    "after": STATUS_WORDS,
}
"""Values inside sentences that are words of ours and not of a log, by the name of their place."""


def sentence(visit: Visit, message: Message) -> str:
    """Return a sentence of the incident model in the visitor's language, the words inside it too."""
    params = {
        name: visit.tr(_PARAMS[name][str(value)]) if str(value) in _PARAMS.get(name, {}) else value
        for name, value in message.params.items()
    }
    return say(visit.tr, Message(message.key, params))
