"""fingerprints of key frames, found by pieces of their hashes

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fingerprint",
        sa.Column("media_id", sa.Integer(), nullable=False),
        sa.Column("times", sa.LargeBinary(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_fingerprint_media_id_media"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("media_id", name=op.f("pk_fingerprint")),
    )
    op.create_table(
        "fingerprint_key",
        sa.Column("key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("media_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_fingerprint_key_media_id_media"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key", "media_id", name=op.f("pk_fingerprint_key")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("fingerprint_key")
    op.drop_table("fingerprint")
