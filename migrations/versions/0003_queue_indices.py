"""Indices for queues of a hundred thousand alerts

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_alerts_tenant_rank_last", "alerts", ["tenant", "rank", "last"])
    op.create_index("ix_alerts_tenant_first_level", "alerts", ["tenant", "first", "level"])
    op.create_index("ix_alerts_queue", "alerts", ["tenant", "status", "level", "verdict", "assignee", "last"])
    op.create_index("ix_alert_entities_top", "alert_entities", ["tenant", "kind", "last", "value", "alert_id"])
    op.drop_index("ix_alert_entities_lookup", "alert_entities")
    op.create_index("ix_alert_entities_lookup", "alert_entities", ["tenant", "value", "last", "alert_id"])
    op.drop_index("ix_alerts_tenant_incident", "alerts")
    op.create_index("ix_alerts_tenant_incident", "alerts", ["tenant", "incident_id", "rank"])


def downgrade() -> None:
    op.drop_index("ix_alerts_tenant_incident", "alerts")
    op.create_index("ix_alerts_tenant_incident", "alerts", ["tenant", "incident_id"])
    op.drop_index("ix_alert_entities_lookup", "alert_entities")
    op.create_index("ix_alert_entities_lookup", "alert_entities", ["tenant", "value", "last"])
    op.drop_index("ix_alert_entities_top", "alert_entities")
    op.drop_index("ix_alerts_queue", "alerts")
    op.drop_index("ix_alerts_tenant_first_level", "alerts")
    op.drop_index("ix_alerts_tenant_rank_last", "alerts")
