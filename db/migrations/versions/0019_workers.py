"""workers say what they take and why they don't; the database says which version it belongs to

Revision: 0019, after 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("worker", sa.Column("version", sa.String(), nullable=False, server_default=""))
    op.add_column("worker", sa.Column("takes", sa.String(), nullable=False, server_default=""))
    op.add_column("worker", sa.Column("why_idle", sa.String(), nullable=True))
    op.create_table(
        "desk_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_version")),
    )


def downgrade() -> None:
    op.drop_table("desk_version")
    for column in ("why_idle", "takes", "version"):
        op.drop_column("worker", column)
