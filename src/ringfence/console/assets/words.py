"""Words for what the inventory calls by its ids."""

from __future__ import annotations

from ringfence.core.i18n import N_

IMPORTANCE_WORDS = {"special": N_("Special"), "important": N_("Important"), "general": N_("General")}

KIND_WORDS = {
    "server": N_("Server"),
    "workstation": N_("Workstation"),
    "domain_controller": N_("Domain controller"),
    "database": N_("Database"),
    "network": N_("Network device"),
    "scanner": N_("Scanner"),
    "gateway": N_("Gateway"),
    "cloud": N_("Cloud account"),
    "container": N_("Container"),
    "other": N_("Other"),
}

EXPOSURE_WORDS = {
    "internet": N_("From the internet"),
    "partner": N_("From partners"),
    "internal": N_("From inside"),
    "isolated": N_("Isolated"),
    "unknown": N_("Unknown"),
}
