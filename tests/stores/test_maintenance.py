import os

import psycopg
import pytest

from tests import programs
from travelcrawl.errors import StoreError
from travelcrawl.stores.maintenance import maintain

FILL = """INSERT INTO runs (id, platform, started_at)
SELECT md5(n::text), 'ctrip', now() FROM generate_series(1, 20000) AS n"""


def filled(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(FILL)
        connection.execute("DELETE FROM runs")


def test_dead_rows_go_and_indexes_shrink_while_somebody_reads(database: str) -> None:
    filled(database)
    with psycopg.connect(database) as reader:
        reader.execute("SELECT count(*) FROM listings").fetchone()
        reader.commit()
        kept = {one.table: one for one in maintain(database)}
        assert reader.execute("SELECT count(*) FROM runs").fetchone() == (0,)
    runs = kept["public.runs"]
    assert runs.dead == 20_000
    assert runs.after < runs.before / 10
    assert "public.listings" in kept
    assert {one.dead for one in maintain(database)} == {0}


def test_what_an_earlier_one_left_half_done_is_taken_away(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE INDEX runs_broken_ccnew ON runs (platform)")
        connection.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'runs_broken_ccnew'::regclass")
        list(maintain(database, reindex=False))
        assert connection.execute("SELECT to_regclass('runs_broken_ccnew')").fetchone() == (None,)


def test_a_database_without_tables_is_said() -> None:
    with pytest.raises(StoreError, match="cannot be reached"):
        list(maintain("postgresql://nobody@127.0.0.1:1/nothing"))


@pytest.mark.parametrize(
    ("options", "url", "status", "said"),
    [
        ([], True, 0, "public.listings"),
        (["--no-reindex"], True, 0, "public.listings"),
        ([], False, 2, "TRAVELCRAWL_DATABASE_URL names the database"),
        (["now"], True, 2, "takes no arguments"),
    ],
)
def test_command(database: str, options: list[str], url: bool, status: int, said: str) -> None:
    env = {**os.environ, "TRAVELCRAWL_DATABASE_URL": database if url else ""}
    done = programs.run("-m", "scrapy", "maintenance", *options, env=env)
    assert done.returncode == status, done.stderr
    assert said in (done.stderr if status else done.stdout)
    assert "Traceback" not in done.stderr
