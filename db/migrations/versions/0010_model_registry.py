"""registry of models: which weights the desk knows, and which serve

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# As plain SQL, which both databases read alike: SQLite would copy the table for a column with a reference, and all
# that hangs on it would go with the old one.
REFERENCES = {
    ("model_version", "parent_id"): "model_version",
    ("model_version", "instead_of_id"): "model_version",
    ("model_version", "promoted_by_id"): "desk_user",
    ("job", "model_id"): "model_version",
}
ONLY_CHAMPION = sa.text("state = 'champion'")


def upgrade() -> None:
    op.execute("ALTER TABLE model_version RENAME COLUMN first_used_at TO created_at")
    op.add_column("model_version", sa.Column("graph_sha256", sa.String(length=64), nullable=True))
    op.add_column("model_version", sa.Column("folder", sa.String(), nullable=True))
    op.add_column("model_version", sa.Column("card", sa.Text(), nullable=True))
    op.add_column("model_version", sa.Column("data_version", sa.String(), nullable=True))
    op.add_column("model_version", sa.Column("promoted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "model_version",
        sa.Column(
            "state",
            sa.Enum("candidate", "champion", "retired", "refused", native_enum=False),
            nullable=False,
            server_default="retired",
        ),
    )
    for (table, column), target in REFERENCES.items():
        name = f"fk_{table}_{column}_{target}"
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER CONSTRAINT {name} REFERENCES {target} (id)")
    op.create_index(
        "uq_model_version_champion", "model_version", ["state"], unique=True,
        sqlite_where=ONLY_CHAMPION, postgresql_where=ONLY_CHAMPION,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("uq_model_version_champion", table_name="model_version")
    for table, column in REFERENCES:
        op.drop_column(table, column)
    for column in ("state", "promoted_at", "data_version", "card", "folder", "graph_sha256"):
        op.drop_column("model_version", column)
    op.execute("ALTER TABLE model_version RENAME COLUMN created_at TO first_used_at")
