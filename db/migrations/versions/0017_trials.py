"""trials: what versions of the detector say where they only look on

Revision: 0017, after 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STATES = ("waiting", "done", "failed", "dropped")
BANDS = ("signs", "inconclusive", "no_signs", "too_poor", "no_face")
OF_SHADOW = sa.text("trial_id IS NULL")


def upgrade() -> None:
    op.create_table(
        "trial",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["model_version.id"], name=op.f("fk_trial_version_id_model_version")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["desk_user.id"], name=op.f("fk_trial_asked_by_id_desk_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial")),
    )
    op.create_table(
        "trial_outcome",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("trial_id", sa.Integer(), nullable=True),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("media_id", sa.Integer(), nullable=False),
        sa.Column("analysis_id", sa.Integer(), nullable=False),
        sa.Column("samples_per_second", sa.Double(), nullable=True),
        sa.Column("state", sa.Enum(*STATES, native_enum=False), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("band", sa.Enum(*BANDS, native_enum=False), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("raw_score", sa.Double(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["trial_id"], ["trial.id"], name=op.f("fk_trial_outcome_trial_id_trial"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["model_version.id"], name=op.f("fk_trial_outcome_version_id_model_version")
        ),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_trial_outcome_media_id_media"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["analysis_id"], ["analysis.id"], name=op.f("fk_trial_outcome_analysis_id_analysis"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_outcome")),
    )
    op.create_index("ix_trial_outcome_trial_id", "trial_outcome", ["trial_id", "id"])
    op.create_index(op.f("ix_trial_outcome_media_id"), "trial_outcome", ["media_id"])
    op.create_index(op.f("ix_trial_outcome_analysis_id"), "trial_outcome", ["analysis_id"])
    op.create_index(
        "uq_trial_outcome_shadow", "trial_outcome", ["version_id", "media_id"], unique=True,
        sqlite_where=OF_SHADOW, postgresql_where=OF_SHADOW,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("trial_outcome")
    op.drop_table("trial")
