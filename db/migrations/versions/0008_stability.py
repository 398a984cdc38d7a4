"""stability: what a score becomes when the picture is re-encoded, scaled or mirrored

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
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
