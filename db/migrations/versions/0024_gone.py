"""data versions say which of their files were deleted since

Revision: 0024, after 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("data_version", sa.Column("gone", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("data_version") as table:
        table.alter_column("gone", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("data_version") as table:
        table.drop_column("gone")
