"""what both detectors said about each file at the gate, and reference files that can't be read

Revision: 0026, after 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

BANDS = ("signs", "inconclusive", "no_signs", "too_poor", "no_face")


def upgrade() -> None:
    op.create_table(
        "reference_fault",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("manifest", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("nights", sa.Integer(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_fault")),
        sa.UniqueConstraint("manifest", "file", name=op.f("uq_reference_fault_manifest")),
    )
    op.create_table(
        "gate_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("media_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("champion_band", sa.Enum(*BANDS, native_enum=False), nullable=True),
        sa.Column("champion_score", sa.Double(), nullable=True),
        sa.Column("candidate_band", sa.Enum(*BANDS, native_enum=False), nullable=True),
        sa.Column("candidate_score", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_gate_answer_media_id_media"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["training_run.id"], name=op.f("fk_gate_answer_run_id_training_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_answer")),
    )
    op.create_index(op.f("ix_gate_answer_media_id"), "gate_answer", ["media_id"])
    op.create_index(op.f("ix_gate_answer_run_id"), "gate_answer", ["run_id"])


def downgrade() -> None:
    op.drop_table("gate_answer")
    op.drop_table("reference_fault")
