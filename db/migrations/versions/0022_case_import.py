"""cases that another desk handed on

Revision: 0022, after 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("desk_name", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("imported_by_id", sa.Integer(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_import_case_id_case_file")),
        sa.ForeignKeyConstraint(
            ["imported_by_id"], ["desk_user.id"], name=op.f("fk_case_import_imported_by_id_desk_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_import")),
        sa.UniqueConstraint("case_id", "sha256", name="uq_case_import_case_id_sha256"),
    )
    op.create_index("ix_case_import_desk", "case_import", ["desk", "number"])
    op.create_table(
        "file_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("media_id", sa.Integer(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["case_import.id"], name=op.f("fk_file_import_import_id_case_import")
        ),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_file_import_media_id_media")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_import")),
        sa.UniqueConstraint("import_id", "media_id", name="uq_file_import_import_id_media_id"),
    )
    op.create_index(op.f("ix_file_import_media_id"), "file_import", ["media_id"])


def downgrade() -> None:
    op.drop_table("file_import")
    op.drop_table("case_import")
