"""Sign-ins: Microsoft 365 unified audit log and Okta system log, one JSON object a record."""

from __future__ import annotations

from typing import Any

import orjson

from ringfence.drills import stamps
from ringfence.drills.model import DemoRecord, Person

_TENANT = "00000000-aaaa-4bbb-8ccc-000000000001"
_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
_PLACES = {
    "DE": ("Germany", "Berlin"),
    "IT": ("Italy", "Turin"),
    "GB": ("United Kingdom", "Leeds"),
    "CZ": ("Czechia", "Brno"),
    "ES": ("Spain", "Valencia"),
}


def m365(
    time_us: int,
    person: Person,
    *,
    operation: str,
    workload: str,
    record_type: int,
    ip: str,
    item: str = "",
    result: str = "Succeeded",
) -> DemoRecord:
    """Return one audit record, e.g. UserLoggedIn (AzureActiveDirectory, 15) or FileAccessed (SharePoint, 6)."""
    entry: dict[str, Any] = {
        "CreationTime": stamps.iso_bare(time_us),
        "Id": f"{time_us & 0xFFFFFFFF:08x}-6000-4000-8000-{time_us & 0xFFFFFFFFFFFF:012x}",
        "Operation": operation,
        "OrganizationId": _TENANT,
        "RecordType": record_type,
        "ResultStatus": result,
        "UserKey": person.sid.rsplit("-", 1)[-1],
        "UserType": 0,
        "Version": 1,
        "Workload": workload,
        "ClientIP": ip,
        "UserId": person.email,
        "ObjectId": item or "Unknown",
        "UserAgent": _AGENT,
    }
    return DemoRecord(time_us, orjson.dumps(entry).decode(), "m365", "o365:audit")


def okta(
    time_us: int, person: Person, *, action: str, ip: str, ok: bool = True, reason: str = "", country: str = ""
) -> DemoRecord:
    """Return one system log event, e.g. `user.session.start`."""
    land, city = _PLACES[country or person.country]
    entry: dict[str, Any] = {
        "actor": {
            "id": f"00u{person.sid[-4:]}example",
            "type": "User",
            "alternateId": person.email,
            "displayName": person.name,
        },
        "client": {
            "userAgent": {"rawUserAgent": _AGENT, "os": "Windows 10", "browser": "CHROME"},
            "zone": "null",
            "device": "Computer",
            "ipAddress": ip,
            "geographicalContext": {"city": city, "country": land},
        },
        "authenticationContext": {"authenticationStep": 0, "externalSessionId": f"idx{time_us & 0xFFFFFFFF:08x}"},
        "displayMessage": "User login to Okta" if action == "user.session.start" else "User single sign on to app",
        "eventType": action,
        "outcome": {"result": "SUCCESS" if ok else "FAILURE", "reason": reason or None},
        "published": stamps.iso_ms(time_us),
        "severity": "INFO" if ok else "WARN",
        "uuid": f"{time_us & 0xFFFFFFFF:08x}-7000-4000-8000-{time_us & 0xFFFFFFFFFFFF:012x}",
        "version": "0",
        "legacyEventType": "core.user_auth.login_success" if ok else "core.user_auth.login_failed",
    }
    return DemoRecord(time_us, orjson.dumps(entry).decode(), "okta", "okta")
