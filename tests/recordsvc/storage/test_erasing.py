import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from BTrees.OOBTree import OOBTree

from recordsvc.storage.database import run, session, view
from recordsvc.storage.erasing import (
    Erasure,
    Outcome,
    Step,
    erase_deleted,
)
from recordsvc.storage.errors import ErasureBlocked, StoreMissing
from recordsvc.storage.scanning import Place, scan

CANARY = "canary-e04c81aa36"


def fill(root):
    root["tree"] = OOBTree()


def put(database, key, value):
    run(database, lambda root: root["tree"].update({key: value}))


def files_with(folder: Path, needle: str) -> list[str]:
    """Look in a process of its own: closing a file here would drop SQLite's locks."""
    program = (
        "import pathlib, sys\n"
        "for p in pathlib.Path(sys.argv[1]).rglob('*'):\n"
        "    if p.is_file() and sys.argv[2].encode() in p.read_bytes(): print(p)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder), needle],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.split()


@pytest.fixture
def store_folder(sqlite_uri):
    return Path(sqlite_uri.removeprefix("sqlite://"))


@pytest.mark.parametrize("store_uri", ["sqlite"], indirect=True)
def test_what_was_overwritten_leaves_the_files_of_sqlite(made, store_uri, store_folder):
    database = made(fill)
    put(database, "secret", CANARY * 20)
    put(database, "neighbour", "neighbour-55aa")
    put(database, "secret", "gone")
    assert files_with(store_folder, CANARY)
    done = erase_deleted(store_uri)
    assert done.is_complete
    assert done.beyond == ()
    assert files_with(store_folder, CANARY) == []
    needles = {"gone": CANARY.encode(), "here": b"neighbour-55aa"}
    report = scan([Place(name="store", path=store_folder)], needles)
    assert {hit.needle_id for hit in report.hits} == {"here"}
    assert report.not_scannable == ()
    assert view(database, lambda root: root["tree"]["neighbour"]) == "neighbour-55aa"


@pytest.mark.parametrize("store_uri", ["sqlite"], indirect=True)
def test_a_reader_of_this_process_is_named_and_nothing_is_broken(
    made, store_uri, store_folder
):
    database = made(fill)
    put(database, "secret", CANARY)
    with session(database) as reader:
        reader.root["tree"]["secret"]
        put(database, "secret", "gone")
        with pytest.raises(ErasureBlocked, match=r"\(this process\); end it"):
            erase_deleted(store_uri, patience_s=0.2)
        assert reader.root["tree"]["secret"] == CANARY
    erase_deleted(store_uri, patience_s=0.2)
    assert files_with(store_folder, CANARY) == []


@pytest.mark.parametrize("store_uri", ["sqlite"], indirect=True)
@pytest.mark.faults
def test_a_reader_of_another_process_is_named_and_waited_for(
    made, store_uri, started, store_folder
):
    database = made(fill)
    put(database, "secret", CANARY)
    reader = started("reader.py", store_uri)
    assert reader.hear() == "reading"
    put(database, "secret", "gone")
    with pytest.raises(ErasureBlocked, match=rf"process {reader.popen.pid}\b"):
        erase_deleted(store_uri, patience_s=0.3)
    threading.Timer(0.5, reader.say, ["end"]).start()
    before = time.monotonic()
    assert erase_deleted(store_uri, patience_s=20).is_complete
    assert time.monotonic() - before < 10
    assert files_with(store_folder, CANARY) == []


def test_a_store_that_is_missing_has_nothing_to_erase(store_uri):
    with pytest.raises(StoreMissing):
        erase_deleted(store_uri)


def test_a_step_that_was_not_permitted_makes_the_erasure_incomplete():
    refused = Step(name="CHECKPOINT", outcome=Outcome.NOT_PERMITTED)
    done = Step(name="VACUUM", outcome=Outcome.DONE)
    assert Erasure(steps=(done,)).is_complete
    assert not Erasure(steps=(done, refused)).is_complete


@pytest.mark.parametrize("store_uri", ["postgres"], indirect=True)
def test_what_was_overwritten_leaves_the_files_of_postgresql(
    made, store_uri, postgres_server
):
    database = made(fill)
    for number in range(40):
        put(database, f"secret{number}", f"{CANARY}-{number}")
    put(database, "neighbour", "neighbour-55aa")
    import psycopg2

    with psycopg2.connect(store_uri) as connection, connection.cursor() as cursor:
        # The statistics hold samples of small states.
        cursor.execute("ANALYZE object_state")
        cursor.execute(
            "SELECT count(*) FROM pg_stats WHERE attname = 'state' "
            "AND (histogram_bounds || '' || coalesce(most_common_vals::text, '')) "
            "LIKE %s",
            [f"%{CANARY.encode().hex()}%"],
        )
        assert cursor.fetchone() == (1,)
    connection.close()
    run(
        database,
        lambda root: root["tree"].update({f"secret{n}": "gone" for n in range(40)}),
    )
    assert files_with(postgres_server / "cluster", CANARY)
    done = erase_deleted(store_uri)
    assert done.is_complete, done
    assert any("backups" in place for place in done.beyond)
    assert files_with(postgres_server / "cluster", CANARY) == []
    assert files_with(postgres_server / "cluster", "neighbour-55aa")
    put(database, "after", "writing goes on")


@pytest.mark.parametrize("store_uri", ["postgres"], indirect=True)
def test_an_open_transaction_on_postgresql_is_named(made, store_uri):
    database = made(fill)
    with session(database) as reader:
        len(reader.root["tree"])
        with pytest.raises(
            ErasureBlocked, match=r"server process \d+: .*idle in transaction"
        ):
            erase_deleted(store_uri, patience_s=0)
    assert erase_deleted(store_uri).is_complete


@pytest.mark.parametrize("store_uri", ["postgres"], indirect=True)
def test_what_a_plain_account_may_not_do_is_reported(made, store_uri):
    name = f"plain{os.getpid()}"
    made(fill).close()
    import psycopg2

    with psycopg2.connect(store_uri) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {name} LOGIN")
        cursor.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}")
        cursor.execute(f"ALTER TABLE object_state OWNER TO {name}")
    connection.close()
    done = erase_deleted(store_uri.replace("records@", f"{name}@"))
    outcomes = {step.name: step for step in done.steps}
    assert outcomes["VACUUM (FULL, ANALYZE) object_state"].outcome is Outcome.DONE
    assert not done.is_complete
    refused = {n for n, s in outcomes.items() if s.outcome is Outcome.NOT_PERMITTED}
    assert "VACUUM (FULL, ANALYZE) blob_chunk" in refused
    assert "VACUUM (FULL, ANALYZE) pg_catalog.pg_statistic" in refused
    assert "SELECT pg_switch_wal()" in refused
    assert all(outcomes[name].detail for name in refused)
