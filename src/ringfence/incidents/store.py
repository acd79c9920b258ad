"""Tables of incidents; private to this room."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Float, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from ringfence.assets import Importance
from ringfence.core.message import Message
from ringfence.core.severity import Level
from ringfence.detect import Verdict
from ringfence.incidents.model import Category, Change, Incident, IncidentStatus, Join, Override, TouchedAsset
from ringfence.runtime.database import Base, TenantOwned


class IncidentRow(TenantOwned, Base):
    """One incident. The id is readable and unique within its tenant only."""

    __tablename__ = "incidents"
    __table_args__ = (
        Index("ix_incidents_tenant_status_level", "tenant", "status", "level"),
        Index("ix_incidents_tenant_last", "tenant", "last_event"),
    )

    tenant: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    title: Mapped[dict[str, Any]] = mapped_column(JSON)
    title_text: Mapped[str] = mapped_column(String(512))
    category: Mapped[str] = mapped_column(String(32))
    level: Mapped[str] = mapped_column(String(2))
    graded: Mapped[str] = mapped_column(String(2))
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    tactics: Mapped[list[str]] = mapped_column(JSON)
    techniques: Mapped[list[str]] = mapped_column(JSON)
    first_event: Mapped[int] = mapped_column(BigInteger)
    last_event: Mapped[int] = mapped_column(BigInteger)
    detected_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(16))
    verdict: Mapped[str] = mapped_column(String(32))
    assignee: Mapped[str | None] = mapped_column(String(128))
    alert_count: Mapped[int] = mapped_column(Integer)
    signal_count: Mapped[int] = mapped_column(BigInteger)
    entities: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    assets: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    override: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    merged_into: Mapped[str | None] = mapped_column(String(32))
    closed_at: Mapped[int | None] = mapped_column(BigInteger)


class JoinRow(TenantOwned, Base):
    """Why an alert is in its incident."""

    __tablename__ = "incident_joins"
    __table_args__ = (Index("ix_incident_joins_incident", "tenant", "incident_id"),)

    tenant: Mapped[str] = mapped_column(String(64), primary_key=True)
    alert_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    incident_id: Mapped[str] = mapped_column(String(32))
    at: Mapped[int] = mapped_column(BigInteger)
    score: Mapped[float] = mapped_column(Float)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class ChangeRow(TenantOwned, Base):
    """One line of the audit trail of an incident; never changed."""

    __tablename__ = "incident_changes"
    __table_args__ = (Index("ix_incident_changes_incident", "tenant", "incident_id"),)

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    incident_id: Mapped[str] = mapped_column(String(32))
    at: Mapped[int] = mapped_column(BigInteger)
    who: Mapped[str] = mapped_column(String(128))
    what: Mapped[dict[str, Any]] = mapped_column(JSON)


class CounterRow(TenantOwned, Base):
    """The last number given in a tenant and year."""

    __tablename__ = "incident_counters"

    tenant: Mapped[str] = mapped_column(String(64), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


def to_incident(row: IncidentRow) -> Incident:
    """Return the row as the rest of the product sees it."""
    return Incident(
        id=row.id,
        tenant=row.tenant,
        title=Message.from_json(row.title),
        category=Category(row.category),
        level=Level(row.level),
        graded=Level(row.graded),
        reasons=tuple(Message.from_json(item) for item in row.reasons),
        tactics=tuple(row.tactics),
        techniques=tuple(row.techniques),
        first_event=row.first_event,
        last_event=row.last_event,
        detected_at=row.detected_at,
        updated_at=row.updated_at,
        status=IncidentStatus(row.status),
        verdict=Verdict(row.verdict),
        assignee=row.assignee,
        alert_count=row.alert_count,
        signal_count=row.signal_count,
        entities={kind: list(values) for kind, values in row.entities.items()},
        assets=tuple(_to_asset(item) for item in row.assets),
        override=_to_override(row.override),
        merged_into=row.merged_into,
        closed_at=row.closed_at,
    )


def to_join(row: JoinRow) -> Join:
    """Return the row as the rest of the product sees it."""
    return Join(row.alert_id, row.at, row.score, tuple(Message.from_json(item) for item in row.reasons))


def to_change(row: ChangeRow) -> Change:
    """Return the row as the rest of the product sees it."""
    return Change(row.at, row.who, Message.from_json(row.what))


def asset_json(asset: TouchedAsset) -> dict[str, Any]:
    """Return a JSON-ready object of a touched asset."""
    return {
        "name": asset.name,
        "importance": asset.importance.value,
        "asset_id": asset.asset_id,
        "business_system": asset.business_system,
        "department": asset.department,
        "owner": asset.owner,
    }


def override_json(override: Override) -> dict[str, Any]:
    """Return a JSON-ready object of an override."""
    return {"level": override.level.value, "reason": override.reason, "who": override.who, "at": override.at}


def _to_asset(data: dict[str, Any]) -> TouchedAsset:
    return TouchedAsset(**{**data, "importance": Importance(data["importance"])})


def _to_override(data: dict[str, Any] | None) -> Override | None:
    return Override(Level(data["level"]), data["reason"], data["who"], data["at"]) if data else None
