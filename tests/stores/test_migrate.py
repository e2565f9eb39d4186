import psycopg
import pytest

from tests import programs
from tests.servers import PostgresServer
from travelcrawl.errors import StoreCorrupt, StoreError, StoreFull, UsageError
from travelcrawl.stores.layers import layers
from travelcrawl.stores.migrate import Contended, check_url, known, migrate, said, store_error
from travelcrawl.stores.postgis_rows import SEEN_APART, connect, stored


def test_migrating_twice_applies_once(postgres: PostgresServer) -> None:
    postgres.execute("CREATE DATABASE fresh")
    with pytest.raises(StoreError, match=r"has no tables for this travelcrawl yet .*; run: scrapy migrate"):
        connect(postgres.url("fresh"))
    assert migrate(postgres.url("fresh")) == sorted(known())
    assert migrate(postgres.url("fresh")) == []
    connect(postgres.url("fresh")).close()


def test_a_newer_schema_is_refused(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO _yoyo_migration VALUES ('x', '9999_later', now())")
    for use in (migrate, connect):
        with pytest.raises(
            StoreError, match=r"migrated by a newer travelcrawl \(9999_later is not known here\); update"
        ):
            use(database)


def test_every_column_of_every_layer_is_there_with_a_comment(database: str) -> None:
    """An item that gets a field needs a migration that adds the column."""
    with psycopg.connect(database) as connection:
        found = connection.execute(
            """SELECT relname, attname, col_description(attrelid, attnum), obj_description(attrelid, 'pg_class')
            FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
            WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p')
                AND NOT relispartition AND relname NOT LIKE '\\_yoyo%' AND relname NOT IN ('yoyo_lock', 'spatial_ref_sys')"""
        ).fetchall()
    commented = {(table, column) for table, column, comment, about in found if comment and about}
    assert commented == {(table, column) for table, column, *_ in found}
    assert commented >= {(layer, name) for layer in layers() for name in stored(layer)}
    assert commented >= {
        (f"{layer}_seen", name) for layer in SEEN_APART for name in ("platform", "ref", "content_hash", "last_seen")
    }


def test_an_old_server_is_refused(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("travelcrawl.stores.migrate.OLDEST", 99)
    with pytest.raises(StoreError, match="is older than PostgreSQL 99; use a newer server"):
        migrate(postgres.url("migrated"))


@pytest.mark.parametrize("url", ["mysql://u:secret@x/y", "travel.gpkg", "secret"])
def test_urls_of_other_things_are_refused(url: str) -> None:
    for use in (migrate, check_url):
        with pytest.raises(UsageError, match="must begin with postgresql://"):
            use(url)


def test_messages_name_the_database_without_its_password() -> None:
    assert said("postgresql://user:secret@db.example:5433/travel") == "db.example:5433/travel"
    assert said("postgresql:///travel") == "localhost/travel"
    with pytest.raises(StoreError, match="cannot be reached") as error:
        migrate("postgresql://user:secret@127.0.0.1:1/travel")
    assert "secret" not in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (psycopg.errors.DiskFull("x"), StoreFull, "the disk of db/t is full; make room"),
        (psycopg.errors.DeadlockDetected("x"), Contended, "other writers were faster"),
        (
            psycopg.errors.UndefinedColumn("no\ncolumn"),
            StoreCorrupt,
            r"migrations make it \(no column\); run: scrapy mig",
        ),
        (psycopg.errors.InsufficientPrivilege("x"), StoreError, r"does not let this user do that \(x\); its owner can"),
        (
            psycopg.errors.FeatureNotSupported("no postgis"),
            StoreError,
            r"lacks what travelcrawl needs \(no postgis\); inst",
        ),
        (psycopg.errors.QueryCanceled("x"), StoreError, r"does not take it now \(x\); it is tried again"),
        (psycopg.errors.AdminShutdown("x"), StoreError, "cannot be reached"),
        (psycopg.OperationalError("x"), StoreError, "cannot be reached"),
    ],
)
def test_errors_of_the_database_are_said_in_one_sentence(
    error: psycopg.Error, kind: type[StoreError], message: str
) -> None:
    made = store_error(error, "postgresql://db/t")
    assert type(made) is kind
    with pytest.raises(kind, match=message):
        raise made


def test_the_command(postgres: PostgresServer) -> None:
    postgres.execute("CREATE DATABASE by_command")

    def scrapy_migrate(url: str, *more: str) -> tuple[int, str, str]:
        command = ["-m", "scrapy", "migrate", *more, "-s", f"TRAVELCRAWL_DATABASE_URL={url}"]
        done = programs.run(*command)
        return done.returncode, done.stdout, done.stderr

    url = postgres.url("by_command")
    assert scrapy_migrate(url) == (0, f"applied {', '.join(sorted(known()))}\n", "")
    assert scrapy_migrate(url) == (0, "up to date\n", "")
    with psycopg.connect(url) as connection:
        connection.execute("SELECT make_offer_partitions('2020-01-01', 2)")
    kept = ("--keep-offers", "6")
    assert scrapy_migrate(url, *kept) == (0, "up to date\noffers_2020_01 dropped\noffers_2020_02 dropped\n", "")
    for status, where, more, message in (
        (2, url, ("--keep-offers", "0"), "at least 1"),
        (2, "", (), "TRAVELCRAWL_DATABASE_URL names the database"),
        (2, url, ("back",), "takes no arguments"),
        (2, "mysql://x/y", (), "must begin with postgresql://"),
        (1, "postgresql://127.0.0.1:1/x", (), "cannot be reached"),
    ):
        code, out, error = scrapy_migrate(where, *more)
        assert (code, out) == (status, "")
        assert message in error
        assert error.count("\n") == 1
