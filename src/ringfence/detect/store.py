"""Tables of alerts; private to this room."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ringfence.core.severity import Severity
from ringfence.detect.model import Alert, AlertStatus, EntityType, Verdict
from ringfence.runtime.database import Base, TenantOwned


class AlertRow(TenantOwned, Base):
    """One alert. `key` is the digest of tenant, rule and entity; `rank` the level as a number for sorting."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index("ix_alerts_key_last", "key", "last"),
        Index("ix_alerts_tenant_last", "tenant", "last"),
        Index("ix_alerts_tenant_status_last", "tenant", "status", "last"),
        Index("ix_alerts_tenant_rule_window", "tenant", "rule_id", "window_start"),
        Index("ix_alerts_tenant_incident", "tenant", "incident_id", "rank"),
        Index("ix_alerts_tenant_rank_last", "tenant", "rank", "last"),
        Index("ix_alerts_tenant_first_level", "tenant", "first", "level"),
        # Holds all that the queue's filters ask for, so that counting never reads the rows themselves.
        Index("ix_alerts_queue", "tenant", "status", "level", "verdict", "assignee", "last"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(32))
    rule_id: Mapped[str] = mapped_column(String(128))
    title: Mapped[str] = mapped_column(String(512))
    level: Mapped[str] = mapped_column(String(16))
    rank: Mapped[int]
    entity_type: Mapped[str] = mapped_column(String(16))
    entity: Mapped[str] = mapped_column(String(255))
    window_start: Mapped[int] = mapped_column(BigInteger)
    first: Mapped[int] = mapped_column(BigInteger)
    last: Mapped[int] = mapped_column(BigInteger)
    count: Mapped[int] = mapped_column(BigInteger)
    samples: Mapped[list[str]] = mapped_column(JSON)
    tactics: Mapped[list[str]] = mapped_column(JSON)
    techniques: Mapped[list[str]] = mapped_column(JSON)
    entities: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    logsource: Mapped[str] = mapped_column(String(255))
    status: Mapped[str] = mapped_column(String(16))
    verdict: Mapped[str] = mapped_column(String(32))
    incident_id: Mapped[str | None] = mapped_column(String(32))
    assignee: Mapped[str | None] = mapped_column(String(128))
    notes: Mapped[str] = mapped_column(Text)


class AlertEntityRow(TenantOwned, Base):
    """An entity that an alert names, in lower case: the way from an entity to its alerts. `last` is the alert's."""

    __tablename__ = "alert_entities"
    __table_args__ = (
        Index("ix_alert_entities_lookup", "tenant", "value", "last", "alert_id"),
        Index("ix_alert_entities_top", "tenant", "kind", "last", "value", "alert_id"),
    )

    alert_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[str] = mapped_column(String(255), primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)


class CheckpointRow(Base):
    """How far a reader of the event store's signals has come; over all tenants, so it has none."""

    __tablename__ = "checkpoints"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)


def to_alert(row: AlertRow) -> Alert:
    """Return the row as the rest of the product sees it."""
    return Alert(
        id=row.id,
        tenant=row.tenant,
        rule_id=row.rule_id,
        title=row.title,
        level=Severity(row.level),
        entity_type=EntityType(row.entity_type),
        entity=row.entity,
        window_start=row.window_start,
        first=row.first,
        last=row.last,
        count=row.count,
        samples=tuple(row.samples),
        tactics=tuple(row.tactics),
        techniques=tuple(row.techniques),
        entities={kind: list(values) for kind, values in row.entities.items()},
        logsource=row.logsource,
        status=AlertStatus(row.status),
        verdict=Verdict(row.verdict),
        incident_id=row.incident_id,
        assignee=row.assignee,
        notes=row.notes,
    )
