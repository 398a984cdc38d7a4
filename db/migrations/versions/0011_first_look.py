"""first looks: what somebody took a file for before the machine's band was shown to her

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

IMPRESSIONS = ("genuine", "manipulated", "synthetic", "unsure")


def upgrade() -> None:
    op.create_table(
        "first_look",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("media_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("impression", sa.Enum(*IMPRESSIONS, native_enum=False), nullable=True),
        sa.Column("skipped", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(impression IS NULL) <> (skipped IS NULL)", name=op.f("ck_first_look_one")),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_first_look_media_id_media"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["desk_user.id"], name=op.f("fk_first_look_user_id_desk_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_first_look")),
        sa.UniqueConstraint("media_id", "user_id", name="uq_first_look_media_id_user_id"),
    )
    op.create_index(op.f("ix_first_look_user_id"), "first_look", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_table("first_look")
