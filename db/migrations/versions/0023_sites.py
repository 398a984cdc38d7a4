"""the sites that an admin lets clips be fetched from

Revision: 0023, after 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "site_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hosts", sa.Text(), nullable=False),
        sa.Column("chosen_by_id", sa.Integer(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["chosen_by_id"], ["desk_user.id"], name=op.f("fk_site_choice_chosen_by_id_desk_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_choice")),
    )


def downgrade() -> None:
    op.drop_table("site_choice")
