"""what people write is searched too; searches are kept under a name

Revision: 0005, after 0004
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Whose search texts are out of date when a row of a table changes. ROW is the row as it was, or as it is.
MEDIA_OF = {
    "verdict": "SELECT ROW.media_id",
    "opinion": "SELECT media_id FROM verdict WHERE id = ROW.verdict_id",
    "note": "SELECT media_id FROM analysis WHERE id = ROW.analysis_id",
    "case_file": "SELECT media_id FROM case_item WHERE case_id = ROW.id",
    "case_item": "SELECT ROW.media_id",
    "case_tag": "SELECT media_id FROM case_item WHERE case_id = ROW.case_id",
    "case_comment": "SELECT media_id FROM case_item WHERE case_id = ROW.case_id",
}
# A case is touched by all that is done in it; only some of its columns are searched.
COLUMNS = {"case_file": "OF title, question, answer", "verdict": "OF reason", "note": "OF text, removed_at"}
DONE = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["desk_user.id"], name=op.f("fk_saved_view_user_id_desk_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("user_id", "name", name="uq_saved_view_user_id_name"),
    )
    for table in MEDIA_OF:
        for statement in _sqlite(table) if _is_sqlite() else _postgresql(table):
            op.execute(statement)
    op.execute("INSERT INTO search_stale(media_id) SELECT id FROM media")


def downgrade() -> None:
    for table in MEDIA_OF:
        if _is_sqlite():
            for done in DONE:
                op.execute(f"DROP TRIGGER {table}_{done.lower()}_search")
        else:
            op.execute(f"DROP TRIGGER {table}_search ON {table}")
            op.execute(f"DROP FUNCTION search_stale_{table}")
    op.drop_table("saved_view")


def _sqlite(table: str) -> Iterator[str]:
    for done, rows in DONE.items():
        of = COLUMNS.get(table, "") if done == "UPDATE" else ""
        stale = " ".join(f"{_stale(table, row)};" for row in rows)
        yield f"CREATE TRIGGER {table}_{done.lower()}_search AFTER {done} {of} ON {table} BEGIN {stale} END"


def _postgresql(table: str) -> Iterator[str]:
    yield f"""CREATE FUNCTION search_stale_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP <> 'INSERT' THEN {_stale(table, "OLD")}; END IF;
        IF TG_OP <> 'DELETE' THEN {_stale(table, "NEW")}; END IF;
        RETURN NULL; END $$"""
    yield f"""CREATE TRIGGER {table}_search AFTER INSERT OR DELETE OR UPDATE {COLUMNS.get(table, "")} ON {table}
        FOR EACH ROW EXECUTE FUNCTION search_stale_{table}()"""


def _stale(table: str, row: str) -> str:
    return "INSERT INTO search_stale(media_id) " + MEDIA_OF[table].replace("ROW", row)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
