"""the keys of one file are found without reading those of all, as when it is deleted

Revision: 0025, after 0024
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_fingerprint_key_media_id"), "fingerprint_key", ["media_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_fingerprint_key_media_id"), table_name="fingerprint_key")
