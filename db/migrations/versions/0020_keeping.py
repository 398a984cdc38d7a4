"""legal holds, files that must go, reports whose file went, ids that are never given twice

Revision: 0020, after 0019
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

STANDS = sa.text("lifted_at IS NULL")
# The log speaks of these by number. SQLite gives the number of a deleted last row to the next one, unless told not to.
NUMBERED = ("media", "analysis", "job", "case_file", "verdict", "note")
KEY = re.compile(r",\s*CONSTRAINT \w+ PRIMARY KEY \(id\)")


def upgrade() -> None:
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("media_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by_id", sa.Integer(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(case_id IS NULL) <> (media_id IS NULL)", name=op.f("ck_legal_hold_one")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_legal_hold_case_id_case_file")),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_legal_hold_media_id_media")),
        sa.ForeignKeyConstraint(
            ["set_by_id"], ["desk_user.id"], name=op.f("fk_legal_hold_set_by_id_desk_user")
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by_id"], ["desk_user.id"], name=op.f("fk_legal_hold_lifted_by_id_desk_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    for subject in ("case", "media"):
        op.create_index(
            f"uq_legal_hold_{subject}", "legal_hold", [f"{subject}_id"], unique=True,
            sqlite_where=STANDS, postgresql_where=STANDS,
        )  # fmt: skip
    op.create_table(
        "pending_removal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_removal")),
    )
    op.create_index(op.f("ix_pending_removal_sha256"), "pending_removal", ["sha256"], unique=False)
    op.add_column("report", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    if op.get_bind().dialect.name == "sqlite":
        _count_on()


def downgrade() -> None:
    op.drop_column("report", "removed_at")
    op.drop_table("pending_removal")
    op.drop_table("legal_hold")


def _count_on() -> None:
    """Rebuild the tables with AUTOINCREMENT, as SQLite's manual tells: with references off, which cascade else."""
    driver = op.get_bind().connection.driver_connection
    assert driver is not None
    driver.commit()
    driver.execute("PRAGMA foreign_keys=OFF")
    driver.execute("PRAGMA legacy_alter_table=ON")
    driver.execute("BEGIN IMMEDIATE")
    for table in NUMBERED:
        _rebuild(driver, table)
    broken = driver.execute("PRAGMA foreign_key_check").fetchall()
    assert not broken, broken
    driver.execute("COMMIT")
    driver.execute("PRAGMA legacy_alter_table=OFF")
    driver.execute("PRAGMA foreign_keys=ON")


def _rebuild(driver, table) -> None:  # type: ignore[no-untyped-def]
    asked = "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type IN ({}) AND sql IS NOT NULL"
    (written,) = driver.execute(asked.format("'table'"), (table,)).fetchone()
    if "AUTOINCREMENT" in written:
        return
    around = driver.execute(asked.format("'index', 'trigger'"), (table,)).fetchall()
    columns = written[written.index("(") :]
    counted = columns.replace("id INTEGER NOT NULL", "id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", 1)
    numbered, found = KEY.subn("", counted, 1)
    assert found == 1, written
    driver.execute(f"CREATE TABLE numbered {numbered}")
    driver.execute(f"INSERT INTO numbered SELECT * FROM {table}")  # noqa: S608 - a name of ours
    driver.execute(f"DROP TABLE {table}")
    driver.execute(f"ALTER TABLE numbered RENAME TO {table}")
    for (statement,) in around:
        driver.execute(statement)
