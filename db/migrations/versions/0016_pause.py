"""pause: when a job was asked for last, which is its place in the queue after it was paused or tried again

Revision: 0016, after 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job", sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE job SET queued_at = created_at")


def downgrade() -> None:
    op.execute("UPDATE job SET state = 'queued' WHERE state = 'paused'")
    op.drop_column("job", "queued_at")
