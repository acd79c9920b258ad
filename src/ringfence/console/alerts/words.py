"""Words for what the alert model calls by its ids."""

from __future__ import annotations

from ringfence.core.i18n import N_

STATUS_WORDS = {"new": N_("New"), "open": N_("Open"), "closed": N_("Closed")}

VERDICT_WORDS = {
    "none": N_("No verdict"),
    "true_positive": N_("True positive"),
    "benign_true_positive": N_("Benign true positive"),
    "false_positive": N_("False positive"),
    "duplicate": N_("Duplicate"),
}

ENTITY_WORDS = {
    "host": N_("Host"),
    "user": N_("User"),
    "source": N_("Source address"),
    "destination": N_("Destination address"),
    "domain": N_("Domain"),
    "process": N_("Process"),
    "file": N_("File"),
    "hash": N_("Hash"),
    "account": N_("Cloud account"),
    "container": N_("Container"),
    "action": N_("Action"),
    "outcome": N_("Outcome"),
    "many": N_("Many entities"),
    "other": N_("Other"),
}

ENTITY_FIELDS = {
    "host": "host.name",
    "user": "user.name",
    "source": "source.ip",
    "destination": "destination.ip",
    "domain": "destination.domain",
    "process": "process.name",
    "file": "file.name",
    "hash": "file.hash.sha256",
    "account": "cloud.account.id",
    "container": "container.id",
    "action": "event.action",
    "outcome": "event.outcome",
}
"""The event field that a kind of entity is searched in."""
