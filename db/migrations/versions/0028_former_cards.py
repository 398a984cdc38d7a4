"""the cards that weights had before they came with another one

Revision: 0028, after 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "former_card",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model_version.id"], name=op.f("fk_former_card_model_id_model_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_card")),
    )
    op.create_index(op.f("ix_former_card_model_id"), "former_card", ["model_id"])


def downgrade() -> None:
    op.drop_table("former_card")
