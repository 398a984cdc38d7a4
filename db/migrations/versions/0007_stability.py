"""stability: what a score becomes when the picture is re-encoded, scaled or mirrored

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
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
