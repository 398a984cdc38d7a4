"""sampling: how many frames of a clip somebody asked to be looked at, and how many an analysis looked at

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job", sa.Column("samples_per_second", sa.Double(), nullable=True))
    op.add_column("analysis", sa.Column("samples_per_second", sa.Double(), nullable=True))


def downgrade() -> None:
    op.drop_column("analysis", "samples_per_second")
    op.drop_column("job", "samples_per_second")
