"""search over all that is known of a file; order by score that pages can go on from

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SQLITE = (
    """CREATE VIRTUAL TABLE search_index USING fts5(
        folded, content='search_text', content_rowid='media_id', tokenize='trigram case_sensitive 1')""",
    """CREATE TRIGGER search_text_added AFTER INSERT ON search_text BEGIN
        INSERT INTO search_index(rowid, folded) VALUES (new.media_id, new.folded); END""",
    """CREATE TRIGGER search_text_gone AFTER DELETE ON search_text BEGIN
        INSERT INTO search_index(search_index, rowid, folded)
        VALUES ('delete', old.media_id, old.folded); END""",
    """CREATE TRIGGER search_text_changed AFTER UPDATE ON search_text BEGIN
        INSERT INTO search_index(search_index, rowid, folded)
        VALUES ('delete', old.media_id, old.folded);
        INSERT INTO search_index(rowid, folded) VALUES (new.media_id, new.folded); END""",
    """CREATE TRIGGER media_name_added_search AFTER INSERT ON media_name BEGIN
        INSERT INTO search_stale(media_id) VALUES (new.media_id); END""",
    """CREATE TRIGGER media_name_changed_search AFTER UPDATE ON media_name BEGIN
        INSERT INTO search_stale(media_id) VALUES (old.media_id), (new.media_id); END""",
    """CREATE TRIGGER media_name_gone_search AFTER DELETE ON media_name BEGIN
        INSERT INTO search_stale(media_id) VALUES (old.media_id); END""",
)
POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX search_index ON search_text USING gin (folded gin_trgm_ops)",
    # For tables whose rows are about one file: of the row as it was, and as it is.
    """CREATE FUNCTION search_stale_media() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP <> 'INSERT' THEN INSERT INTO search_stale(media_id) VALUES (old.media_id); END IF;
        IF TG_OP <> 'DELETE' THEN INSERT INTO search_stale(media_id) VALUES (new.media_id); END IF;
        RETURN NULL; END $$""",
    """CREATE TRIGGER media_name_search AFTER INSERT OR UPDATE OR DELETE ON media_name
        FOR EACH ROW EXECUTE FUNCTION search_stale_media()""",
)
SCORE_OR_NONE = "coalesce(score, -1.0)"  # what has no score comes after all that has one


def upgrade() -> None:
    with op.batch_alter_table("media_name", schema=None) as batch_op:
        batch_op.drop_column("folded")
    op.drop_index("ix_analysis_score", "analysis")
    op.create_index("ix_analysis_score", "analysis", [sa.text(SCORE_OR_NONE), "id"])
    op.create_table(
        "search_text",
        sa.Column("media_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_search_text_media_id_media"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("media_id", name=op.f("pk_search_text")),
    )
    op.create_table(
        "search_stale",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("media_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_stale")),
    )
    for statement in SQLITE if _is_sqlite() else POSTGRESQL:
        op.execute(statement)
    op.execute("INSERT INTO search_stale(media_id) SELECT id FROM media")


def downgrade() -> None:
    if _is_sqlite():
        for trigger in ("added", "changed", "gone"):
            op.execute(f"DROP TRIGGER media_name_{trigger}_search")
        op.execute("DROP TABLE search_index")
    else:
        op.execute("DROP TRIGGER media_name_search ON media_name")
        op.execute("DROP FUNCTION search_stale_media")
    op.drop_table("search_stale")
    op.drop_table("search_text")
    op.drop_index("ix_analysis_score", "analysis")
    op.create_index("ix_analysis_score", "analysis", ["score", "id"])
    with op.batch_alter_table("media_name", schema=None) as batch_op:
        batch_op.add_column(sa.Column("folded", sa.String(), server_default="", nullable=False))


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
