"""stability: what a score becomes when the picture is re-encoded, scaled or mirrored

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("track", sa.Column("raw_low", sa.Double(), nullable=True))
    op.add_column("track", sa.Column("raw_high", sa.Double(), nullable=True))
    op.add_column("artifact", sa.Column("variants", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("artifact", "variants")
    op.drop_column("track", "raw_high")
    op.drop_column("track", "raw_low")
