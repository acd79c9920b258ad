"""Tables of rule life: private to this room."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Float, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ringfence.core.severity import Severity
from ringfence.detect.rules.model import (
    Backtest,
    Ended,
    Exclusion,
    Outcome,
    Proposal,
    ProposalKind,
    ProposalState,
    RuleLife,
    RuleState,
    Tally,
)
from ringfence.runtime.database import Base, TenantOwned


class RuleLifeRow(TenantOwned, Base):
    """A tenant's decision about a rule: state, level, threshold."""

    __tablename__ = "rule_lives"

    tenant: Mapped[str] = mapped_column(String(64), primary_key=True)
    rule_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    level: Mapped[str | None] = mapped_column(String(16))
    threshold: Mapped[float | None] = mapped_column(Float)
    changed: Mapped[int] = mapped_column(BigInteger)
    changed_by: Mapped[str] = mapped_column(String(128))
    reason: Mapped[str] = mapped_column(Text)


class RuleVersionRow(Base):
    """A text that a rule had. Rules belong to the installation, so there is no tenant."""

    __tablename__ = "rule_versions"

    rule_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    time: Mapped[int] = mapped_column(BigInteger)
    author: Mapped[str] = mapped_column(String(128))
    digest: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(Text)
    diff: Mapped[str] = mapped_column(Text)


class ExclusionRow(TenantOwned, Base):
    """An exclusion, also one that has ended."""

    __tablename__ = "rule_exclusions"
    __table_args__ = (Index("ix_rule_exclusions_open", "ended", "enabled"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    rule_id: Mapped[str] = mapped_column(String(128), index=True)
    condition: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(String(128))
    reason: Mapped[str] = mapped_column(Text)
    created: Mapped[int] = mapped_column(BigInteger)
    created_by: Mapped[str] = mapped_column(String(128))
    expires: Mapped[int] = mapped_column(BigInteger)
    enabled: Mapped[bool] = mapped_column(Boolean)
    proposal_id: Mapped[str] = mapped_column(String(32))
    hits: Mapped[int] = mapped_column(BigInteger)
    last_hit: Mapped[int | None] = mapped_column(BigInteger)
    ended: Mapped[int | None] = mapped_column(BigInteger)
    ended_by: Mapped[str] = mapped_column(String(128))
    ended_why: Mapped[str | None] = mapped_column(String(16))


class TallyRow(TenantOwned, Base):
    """Matches of one rule on one day that raised no alert."""

    __tablename__ = "rule_tallies"

    tenant: Mapped[str] = mapped_column(String(64), primary_key=True)
    rule_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(16), primary_key=True)
    exclusion_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    day: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    first: Mapped[int] = mapped_column(BigInteger)
    last: Mapped[int] = mapped_column(BigInteger)
    samples: Mapped[list[str]] = mapped_column(JSON)


class ProposalRow(TenantOwned, Base):
    """A proposal and what became of it."""

    __tablename__ = "rule_proposals"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    rule_id: Mapped[str] = mapped_column(String(128), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    condition: Mapped[str] = mapped_column(Text)
    items: Mapped[list[list[str]]] = mapped_column(JSON)
    threshold: Mapped[float | None] = mapped_column(Float)
    backtest: Mapped[dict[str, Any]] = mapped_column(JSON)
    created: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(16))
    decided: Mapped[int | None] = mapped_column(BigInteger)
    decided_by: Mapped[str] = mapped_column(String(128))
    exclusion_id: Mapped[str] = mapped_column(String(32))


def to_life(row: RuleLifeRow) -> RuleLife:
    """Return the row as the rest of the product sees it."""
    level = None if row.level is None else Severity(row.level)
    return RuleLife(row.rule_id, RuleState(row.state), level, row.threshold, row.changed, row.changed_by, row.reason)


def to_exclusion(row: ExclusionRow) -> Exclusion:
    """Return the row as the rest of the product sees it."""
    return Exclusion(
        id=row.id,
        tenant=row.tenant,
        rule_id=row.rule_id,
        condition=row.condition,
        owner=row.owner,
        reason=row.reason,
        created=row.created,
        created_by=row.created_by,
        expires=row.expires,
        enabled=row.enabled,
        proposal_id=row.proposal_id,
        hits=row.hits,
        last_hit=row.last_hit,
        ended=row.ended,
        ended_by=row.ended_by,
        ended_why=None if row.ended_why is None else Ended(row.ended_why),
    )


def to_tally(row: TallyRow) -> Tally:
    """Return the row as the rest of the product sees it."""
    return Tally(
        row.rule_id, Outcome(row.outcome), row.exclusion_id, row.day, row.count, row.first, row.last,
        tuple(row.samples),
    )  # fmt: skip


def to_proposal(row: ProposalRow) -> Proposal:
    """Return the row as the rest of the product sees it."""
    backtest = dict(row.backtest)
    backtest["blind_examples"] = tuple(backtest["blind_examples"])
    return Proposal(
        id=row.id,
        tenant=row.tenant,
        rule_id=row.rule_id,
        kind=ProposalKind(row.kind),
        backtest=Backtest(**backtest),
        created=row.created,
        condition=row.condition,
        items=tuple((name, value) for name, value in row.items),
        threshold=row.threshold,
        state=ProposalState(row.state),
        decided=row.decided,
        decided_by=row.decided_by,
        exclusion_id=row.exclusion_id,
    )
