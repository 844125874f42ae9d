"""A whole run on a database server, which keeps its files to itself."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.retention.archives import (
    House,
    Paper,
    house_of,
    make_store,
    settings_of,
)

pytestmark = pytest.mark.faults


@pytest.fixture
def house(tmp_path: Path, postgres_uri: str) -> Iterator[House]:
    settings = settings_of(tmp_path / "var", engine="whoosh", store=postgres_uri)
    make_store(settings)
    with house_of(settings) as opened:
        yield opened


def _values(uri: str) -> bytes:
    """Return every state that the database holds."""
    import psycopg2

    connection = psycopg2.connect(uri)
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT state FROM object_state")
        return b"\n".join(bytes(row[0]) for row in cursor.fetchall() if row[0])


def test_a_destroyed_paper_leaves_the_tables_and_its_neighbour_stays(
    house: House, postgres_uri: str
) -> None:
    doomed, stays = house.add(
        *(Paper(text=f"paper on zq{w}oddword", title=f"On zq{w}title") for w in "ab")
    )
    house.index()
    house.approved([doomed])
    digest = house.record(doomed, lambda r: r.files[0].sha256)
    report = house.run()
    assert report.results == {"destroyed"}, report.mapping
    assert house.certified() == [[doomed]]
    assert house.state(stays) == "active"
    assert house.found("zqboddword") == [stays]
    assert house.found("zqaoddword") == []
    assert not house.service.bitstreams.exists(digest)
    # Its title stays with the tombstone; nothing says what it said.
    values = _values(postgres_uri)
    assert b"On zqatitle" in values
    assert b"zqaoddword" not in values
