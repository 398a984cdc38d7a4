"""links: jobs that begin with the address of a page, and who put a clip on that page

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("capture", sa.Column("uploader", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "job_link",
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_link_job_id_job"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["desk_user.id"], name=op.f("fk_job_link_user_id_desk_user")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_job_link_case_id_case_file")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job_link")),
    )


def downgrade() -> None:
    op.drop_table("job_link")
    op.drop_column("capture", "uploader")
