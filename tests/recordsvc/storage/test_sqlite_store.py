import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from BTrees.OOBTree import OOBTree

from recordsvc.storage import sqlite_store
from recordsvc.storage.database import (
    StorageError,
    is_disk_full,
    open_database,
    run,
    session,
    view,
)
from recordsvc.storage.sqlite_store import (
    ALLOCATOR,
    MAIN,
    READ_BACK,
    highest_oid,
    read_pragmas,
    require_pragmas,
    truncate_wal,
)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "store"
    open_database(f"sqlite://{path}", create=True, populate=fill).close()
    return path


def fill(root):
    root["tree"] = OOBTree()


def insert(database, keys):
    run(database, lambda root: root["tree"].update({key: OOBTree() for key in keys}))


def test_both_kinds_of_connection_have_the_pragmas_we_rely_on(folder):
    with open_database(f"sqlite://{folder}") as database, session(database) as opened:
        storage = opened.connection._storage
        opened.root["tree"]["a"] = 1
        opened.commit()
        for kind in (storage._load_connection, storage._store_connection_pool.borrow()):
            assert read_pragmas(kind.connection) == READ_BACK
            assert READ_BACK == {
                "synchronous": 2,
                "secure_delete": 1,
                "journal_mode": "wal",
            }


def test_a_pragma_that_is_not_taken_stops_the_store(folder, monkeypatch):
    monkeypatch.setitem(sqlite_store.READ_BACK, "synchronous", 3)
    with pytest.raises(StorageError, match="synchronous is 2, wanted 3"):
        open_database(f"sqlite://{folder}")


def test_every_wrong_pragma_is_named():
    with (
        sqlite3.connect(":memory:") as connection,
        pytest.raises(StorageError, match="journal_mode is 'memory'"),
    ):
        require_pragmas(connection)
    connection.close()


def test_history_and_a_cache_on_disk_are_off(folder):
    with open_database(f"sqlite://{folder}") as database:
        options = database.zodb.storage._options
        assert options.keep_history is False
        assert not options.cache_local_dir


def delete(path: Path) -> None:
    path.unlink()


def zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def roll_back(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE new_oid SET zoid = 0")
    connection.close()


def add_a_row(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO new_oid VALUES (123456)")
    connection.close()


@pytest.mark.parametrize("harm", [delete, zero, empty, roll_back, add_a_row])
def test_new_objects_get_new_numbers_after_harm_to_the_allocator(folder, harm):
    uri = f"sqlite://{folder}"
    with open_database(uri) as database:
        insert(database, [f"old{n}" for n in range(60)])
    before = highest_oid(folder)
    harm(folder / ALLOCATOR)
    with open_database(uri) as database:
        for number in range(30):
            insert(database, [f"new{number}"])
        keys = view(database, lambda root: {k: len(v) for k, v in root["tree"].items()})
    assert len(keys) == 90
    assert set(keys.values()) == {0}
    assert highest_oid(folder) >= before + 30


def test_a_lost_allocator_is_not_replaced_under_a_running_process(folder, monkeypatch):
    monkeypatch.setattr(sqlite_store, "REPAIR_TIMEOUT_S", 0.1)
    uri = f"sqlite://{folder}"
    with open_database(uri) as database:
        (folder / ALLOCATOR).unlink()
        with pytest.raises(StorageError, match="stop them, then start again"):
            open_database(uri)
        insert(database, ["still", "writing"])
    with open_database(uri) as database:
        insert(database, ["again"])
        assert len(view(database, lambda root: list(root["tree"]))) == 3


def test_the_main_file_alone_is_a_backup(folder, tmp_path):
    uri = f"sqlite://{folder}"
    copy = tmp_path / "restored"
    copy.mkdir()
    with open_database(uri) as database:
        insert(database, ["a", "b"])
        source, target = sqlite3.connect(folder / MAIN), sqlite3.connect(copy / MAIN)
        source.backup(target)
        source.close()
        target.close()
        insert(database, ["later"])
    with open_database(f"sqlite://{copy}") as restored:
        assert view(restored, lambda root: list(root["tree"])) == ["a", "b"]
        insert(restored, ["c"])


def test_nothing_of_an_overwritten_object_stays_in_any_file(folder):
    canary = "canary-0f3a9c71e2"
    uri = f"sqlite://{folder}"
    with open_database(uri) as database:
        with session(database) as reader:
            run(database, lambda root: root["tree"].update({"secret": canary * 20}))
            reader.begin()
            run(database, lambda root: root["tree"].update({"secret": "gone"}))
            assert not truncate_wal(folder, patience_s=0.1), "a reader pins the log"
        assert truncate_wal(folder)
        left = [p.name for p in folder.iterdir() if canary.encode() in p.read_bytes()]
        assert left == []
        assert view(database, lambda root: root["tree"]["secret"]) == "gone"


def test_a_full_disk_is_told_and_writing_goes_on_when_there_is_room(tiny_disk):
    folder = tiny_disk / "store"
    uri = f"sqlite://{folder}"
    filler = tiny_disk / "filler"
    with open_database(uri, create=True, populate=fill) as database:
        insert(database, ["before"])
        room = shutil.disk_usage(tiny_disk).free
        filler.write_bytes(bytes(room - 200_000))
        acknowledged = []

        def write_on():
            for number in range(200):
                blob = os.urandom(20_000)
                run(
                    database, lambda r, n=number, b=blob: r["tree"].update({f"k{n}": b})
                )
                acknowledged.append(f"k{number}")

        with pytest.raises(sqlite3.OperationalError) as told:
            write_on()
        assert is_disk_full(told.value)
        assert view(database, lambda root: len(root["tree"])) == len(acknowledged) + 1
        filler.unlink()
        insert(database, ["after"])
        keys = view(database, lambda root: list(root["tree"]))
        assert sorted(keys) == sorted(["before", *acknowledged, "after"])
    with open_database(uri) as database:
        assert view(database, lambda root: list(root["tree"])) == keys
    with sqlite3.connect(folder / MAIN) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
