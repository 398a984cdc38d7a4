"""data versions, and what may not be learned from

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.Enum("desk", "import", "generator", native_enum=False), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("parents", sa.JSON(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["desk_user.id"], name=op.f("fk_data_version_made_by_id_desk_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_version")),
        sa.UniqueConstraint("sha256", name=op.f("uq_data_version_sha256")),
    )
    op.create_index(op.f("ix_data_version_origin"), "data_version", ["origin"], unique=False)
    op.create_table(
        "learning_exclusion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("media_id", sa.Integer(), nullable=True),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(media_id IS NULL) <> (case_id IS NULL)", name=op.f("ck_learning_exclusion_one_subject")),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_learning_exclusion_media_id_media"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_learning_exclusion_case_id_case_file")),
        sa.ForeignKeyConstraint(["user_id"], ["desk_user.id"], name=op.f("fk_learning_exclusion_user_id_desk_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learning_exclusion")),
        sa.UniqueConstraint("media_id", name=op.f("uq_learning_exclusion_media_id")),
        sa.UniqueConstraint("case_id", name=op.f("uq_learning_exclusion_case_id")),
    )
    op.create_index(op.f("ix_learning_exclusion_user_id"), "learning_exclusion", ["user_id"], unique=False)


def downgrade() -> None:
    op.drop_table("learning_exclusion")
    op.drop_table("data_version")
