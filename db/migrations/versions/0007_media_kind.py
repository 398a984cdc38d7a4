"""clips and pictures apart, without reading every file's row

Revision: 0007, after 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_media_kind", "media", ["kind", "id"])


def downgrade() -> None:
    op.drop_index("ix_media_kind", "media")
