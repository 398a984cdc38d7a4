"""the watched folder: files that were seen there, and the workers that look

Revision: 0021, after 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "watched_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path_sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("changed_ns", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("held_by", sa.String(), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watched_file")),
        sa.UniqueConstraint("path_sha256", name=op.f("uq_watched_file_path_sha256")),
    )
    op.create_index(op.f("ix_watched_file_ended_at"), "watched_file", ["ended_at"], unique=False)
    op.add_column("worker", sa.Column("watches", sa.String(), nullable=True))
    op.add_column("worker", sa.Column("watch_says", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("worker", "watch_says")
    op.drop_column("worker", "watches")
    op.drop_table("watched_file")
