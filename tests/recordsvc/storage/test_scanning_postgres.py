import gzip

import pytest
from BTrees.OOBTree import OOBTree

from recordsvc.storage.database import open_database, run
from recordsvc.storage.errors import StorageError, StoreMissing
from recordsvc.storage.scanning_postgres import scan_postgres

CANARY = "canary-7b1f40d2c9"
NEEDLES = {"canary": CANARY.encode(), "other": b"another needle"}


def put(database, key, value):
    run(database, lambda root: root["tree"].update({key: value}))


@pytest.fixture
def database(postgres_uri):
    with open_database(
        postgres_uri, create=True, populate=lambda r: r.update(tree=OOBTree())
    ) as opened:
        yield opened


def test_a_canary_is_found_in_long_values_too_and_gone_when_overwritten(
    database, postgres_uri
):
    # So long and so even that the server compresses it.
    put(database, "secret", CANARY + "x" * 50_000)
    put(database, "packed", gzip.compress(b"x" * 500 + CANARY.encode()))
    many = {f"k{number}": number for number in range(500)}
    run(
        database,
        lambda r: r["tree"].update({k: OOBTree({1: n}) for k, n in many.items()}),
    )
    report = scan_postgres(postgres_uri, NEEDLES)
    assert {hit.needle_id for hit in report.hits} == {"canary"}
    assert any(" > gzip@" in hit.where for hit in report.hits)
    assert all(hit.where.startswith("object ") for hit in report.hits)
    assert report.places[0].files > 500
    put(database, "secret", "gone")
    put(database, "packed", "gone")
    clean = scan_postgres(postgres_uri, NEEDLES)
    assert clean.is_clean
    assert clean.places[0].bytes > 1000


def test_a_hit_that_has_a_reason_stands_apart(database, postgres_uri):
    put(database, "title", CANARY)
    report = scan_postgres(postgres_uri, NEEDLES, lambda hit: f"of {hit.needle_id}")
    assert report.is_clean
    assert [reason for _, reason in report.explained] == ["of canary"]


def test_no_password_stands_in_a_report(database, postgres_uri):
    uri = postgres_uri.replace("records@", "records:secret-word@")
    put(database, "title", CANARY)
    report = scan_postgres(uri, NEEDLES)
    assert "secret-word" not in repr(report)


def test_a_database_without_a_store_is_told(postgres_uri):
    with pytest.raises(StoreMissing):
        scan_postgres(postgres_uri, NEEDLES)
    with pytest.raises(StorageError, match="does not answer"):
        scan_postgres("postgresql://nobody@/none?host=%2Fnowhere", NEEDLES)
