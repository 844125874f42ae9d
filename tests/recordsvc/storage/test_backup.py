import hashlib
import io
import json
import os
import shutil
import stat
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from recordsvc.model import new_archive
from recordsvc.model.root import ROOT_KEY
from recordsvc.settings import Settings
from recordsvc.storage import restoring, snapshots
from recordsvc.storage.backup import take_backup
from recordsvc.storage.backup_manifest import (
    check_backup,
    files_of,
    read_manifest,
)
from recordsvc.storage.bitstreams import DirectoryBitstreams
from recordsvc.storage.database import open_database, run, view
from recordsvc.storage.errors import (
    BackupDamaged,
    LedgerDamaged,
    LedgerForged,
    LedgerMissing,
    LedgerUnsigned,
    RestoreUnfinished,
    StorageError,
    StoreExists,
)
from recordsvc.storage.ledger import Destroyed, open_ledger
from recordsvc.storage.restoring import LedgerUse, restore_backup
from recordsvc.storage.restoring_postgres import require_restored
from recordsvc.storage.signing import open_signing_key
from recordsvc.storage.snapshots import without_password
from tests.recordsvc.storage.ledgers import OTHER, ledger_in, unsigned_lines

STORE_ID = "5f" * 16


def nothing(_uri):
    return 0


class Installation:
    """Settings, an opened store and its bitstreams, without a service around."""

    def __init__(self, data_dir, store_uri):
        self.settings = Settings(
            data_dir=data_dir,
            store_uri=store_uri,
            bitstreams_uri=f"file://{data_dir / 'bitstreams'}",
        )

    @property
    def uri(self):
        return self.settings.store_uri

    @property
    def bitstreams(self):
        return DirectoryBitstreams(self.settings.bitstreams_dir)

    @property
    def ledger(self):
        return open_ledger(self.settings)

    def make(self):
        def fill(root):
            root[ROOT_KEY] = new_archive(STORE_ID, datetime.now(UTC), is_test=True)

        open_database(self.uri, create=True, populate=fill).close()
        open_signing_key(self.settings.data_dir)

    def put(self, record_id, content):
        bitstreams = self.bitstreams
        stored = bitstreams.put(io.BytesIO(content))
        bitstreams.sync()
        with open_database(self.uri) as database:
            run(
                database,
                lambda root: (
                    root[ROOT_KEY]
                    .bitstream(stored.sha256, stored.bytes)
                    .adopt(record_id)
                ),
            )
        return stored.sha256

    def backup(self, folder):
        with open_database(self.uri) as database:
            return take_backup(self.settings, database, self.bitstreams, folder)

    def referenced(self, uri=None):
        with open_database(uri or self.uri) as database:
            return view(
                database,
                lambda root: {
                    sha256: entry.references
                    for sha256, entry in root[ROOT_KEY].bitstreams.items()
                },
            )


@pytest.fixture
def home(tmp_path):
    made = Installation(tmp_path / "var", f"sqlite://{tmp_path / 'var' / 'store'}")
    made.make()
    return made


@pytest.fixture
def elsewhere(tmp_path):
    """Return an installation that has nothing but an empty ledger."""
    made = Installation(tmp_path / "new", f"sqlite://{tmp_path / 'new' / 'store'}")
    made.ledger.create()
    return made


def tree(folder):
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()
    )


def test_a_backup_is_restored_elsewhere_with_everything(home, elsewhere, tmp_path):
    one, two = home.put("a" * 32, b"paper one"), home.put("b" * 32, b"paper two")
    key = open_signing_key(home.settings.data_dir).key_id
    taken = home.backup(tmp_path / "backup")
    assert taken.manifest.bitstreams == 2
    assert taken.manifest.bitstream_bytes == 18
    assert taken.manifest.missing == ()
    assert taken.manifest.store_id == STORE_ID
    restored = restore_backup(tmp_path / "backup", elsewhere.settings, nothing)
    assert (restored.manifest, restored.replayed) == (taken.manifest, 0)
    assert elsewhere.referenced() == {one: ("a" * 32,), two: ("b" * 32,)}
    assert elsewhere.bitstreams.verify(one)
    assert elsewhere.bitstreams.verify(two)
    assert open_signing_key(elsewhere.settings.data_dir).key_id == key
    # New objects get new numbers.
    assert elsewhere.put("c" * 32, b"paper three")


def test_a_backup_holds_what_it_names_and_nothing_that_can_be_made_anew(home, tmp_path):
    sha256 = home.put("a" * 32, b"paper")
    for name in ("index-whoosh/seg", "spool/x", "scratch/y", "audit/audit.jsonl"):
        path = home.settings.data_dir / name
        path.parent.mkdir()
        path.write_bytes(b"x")
    home.bitstreams.put(io.BytesIO(b"nobody refers to this"))
    home.ledger.create()
    home.backup(tmp_path / "backup")
    assert tree(tmp_path / "backup") == sorted(
        [
            f"bitstreams/{sha256[:2]}/{sha256[2:4]}/{sha256}",
            "files.sha256",
            "keys/signing.key",
            f"keys/{open_signing_key(home.settings.data_dir).key_id}.pem",
            "manifest.json",
            "store/main.sqlite3",
        ]
    )
    for path in (tmp_path / "backup").rglob("*"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
    source = home.settings.bitstreams_dir / sha256[:2] / sha256[2:4] / sha256
    assert source.stat().st_nlink == 1


def test_a_backup_can_be_checked_without_this_program(home, tmp_path):
    home.put("a" * 32, b"paper")
    home.backup(tmp_path / "backup")
    subprocess.run(
        ["sha256sum", "--strict", "-c", "files.sha256"],
        cwd=tmp_path / "backup",
        check=True,
        stdout=subprocess.DEVNULL,
    )
    manifest = json.loads((tmp_path / "backup" / "manifest.json").read_text())
    listed = (tmp_path / "backup" / "files.sha256").read_bytes()
    assert manifest["files_sha256"] == hashlib.sha256(listed).hexdigest()


def test_a_backup_is_of_one_moment_though_others_write(home, tmp_path):
    home.put("a" * 32, b"before")
    with open_database(home.uri) as database, open_database(home.uri) as other:
        copied = snapshots.copied_store(database, tmp_path / "backup")
        (tmp_path / "backup").mkdir()
        with copied as root:
            run(
                other,
                lambda r: r[ROOT_KEY].bitstream("0" * 64, 1).adopt("b" * 32),
            )
            assert len(list(snapshots.referenced_bitstreams(root))) == 1
    assert len(home.referenced()) == 2


def test_the_time_of_a_backup_is_that_of_its_last_commit(home, tmp_path):
    before = datetime.now(UTC)
    home.put("a" * 32, b"paper")
    after = datetime.now(UTC)
    manifest = home.backup(tmp_path / "backup").manifest
    assert before.replace(microsecond=0) <= manifest.store_time <= after
    assert read_manifest(tmp_path / "backup") == manifest


@pytest.mark.parametrize("where", ["full", "inside", "file"])
def test_a_backup_goes_into_an_empty_folder_apart_only(home, tmp_path, where):
    target = tmp_path / "backup"
    if where == "full":
        target.mkdir()
        (target / "thesis.txt").write_text("chapter one")
    elif where == "inside":
        target = home.settings.data_dir / "backup"
    else:
        target.write_text("x")
    before = tree(tmp_path)
    with pytest.raises(StorageError, match=r"empty folder|name another"):
        home.backup(target)
    assert tree(tmp_path) == before


def test_damaged_and_missing_bytes_are_named_and_the_rest_is_saved(home, tmp_path):
    good, bad, lost = (home.put(c * 32, f"paper {c}".encode()) for c in ("a", "b", "c"))
    path = home.bitstreams.path(bad)
    path.chmod(0o600)
    path.write_bytes(b"rot")
    home.bitstreams.path(lost).unlink()
    taken = home.backup(tmp_path / "backup")
    assert set(taken.manifest.missing) == {bad, lost}
    names = [file.sha256 for file in files_of(tmp_path / "backup")]
    assert good in names
    assert not {bad, lost} & set(names)
    assert check_backup(tmp_path / "backup").missing == taken.manifest.missing
    assert len(tree(tmp_path / "backup" / "bitstreams")) == 1


def test_bytes_that_were_destroyed_while_a_backup_ran_are_not_missing(
    home, tmp_path, monkeypatch
):
    sha256 = home.put("a" * 32, b"paper")
    home.bitstreams.path(sha256).unlink()
    original = snapshots._leave_main_file_alone

    def meanwhile(main):
        original(main)
        with open_database(home.uri) as database:
            run(
                database,
                lambda r: r[ROOT_KEY].bitstreams[sha256].release("a" * 32),
            )

    monkeypatch.setattr(snapshots, "_leave_main_file_alone", meanwhile)
    assert home.backup(tmp_path / "backup").manifest.missing == ()


def flip(path):
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def rewritten(folder, change):
    """Change files.sha256 and have the manifest agree, as a forger would."""
    listed = change((folder / "files.sha256").read_text())
    (folder / "files.sha256").write_text(listed)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files_sha256"] = hashlib.sha256(listed.encode()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


HARM = {
    "bitstream": lambda f: flip(next(p for p in f.glob("bitstreams/*/*/*"))),
    "store": lambda f: flip(f / "store" / "main.sqlite3"),
    "key": lambda f: flip(f / "keys" / "signing.key"),
    "list": lambda f: flip(f / "files.sha256"),
    "no list": lambda f: (f / "files.sha256").unlink(),
    "no manifest": lambda f: (f / "manifest.json").unlink(),
    "manifest": lambda f: (f / "manifest.json").write_text("{}"),
    "manifest no JSON": lambda f: (f / "manifest.json").write_bytes(b"[" * 9000),
    "missing file": lambda f: next(p for p in f.glob("bitstreams/*/*/*")).unlink(),
    "name outside": lambda f: rewritten(
        f, lambda t: t + f"{'0' * 64}  ../../etc/passwd\n"
    ),
    "other name": lambda f: rewritten(f, lambda t: t + f"{'0' * 64}  store/x\n"),
    "absolute": lambda f: rewritten(f, lambda t: t + f"{'0' * 64}  /etc/passwd\n"),
    "hidden key": lambda f: rewritten(f, lambda t: t + f"{'0' * 64}  keys/..\n"),
    "less than told": lambda f: rewritten(
        f,
        lambda t: "".join(
            x for x in t.splitlines(keepends=True) if "bitstreams" not in x
        ),
    ),
    "no store": lambda f: rewritten(
        f, lambda t: "".join(x for x in t.splitlines(keepends=True) if "main" not in x)
    ),
}


@pytest.mark.parametrize("harm", HARM)
def test_a_backup_that_is_not_as_it_was_made_is_refused_before_anything_is_written(
    home, elsewhere, tmp_path, harm
):
    home.put("a" * 32, b"paper")
    home.backup(tmp_path / "backup")
    HARM[harm](tmp_path / "backup")
    with pytest.raises(BackupDamaged, match="nothing was restored"):
        restore_backup(tmp_path / "backup", elsewhere.settings, nothing)
    assert tree(elsewhere.settings.data_dir) == ["locks/restore.lock"]


def test_a_link_in_a_backup_is_refused(home, elsewhere, tmp_path):
    sha256 = home.put("a" * 32, b"paper")
    home.backup(tmp_path / "backup")
    path = next((tmp_path / "backup").glob("bitstreams/*/*/*"))
    path.unlink()
    path.symlink_to(home.bitstreams.path(sha256))
    with pytest.raises(BackupDamaged, match="no plain file"):
        restore_backup(tmp_path / "backup", elsewhere.settings, nothing)


def test_a_store_that_is_there_is_never_replaced(home, tmp_path):
    home.put("a" * 32, b"paper")
    home.backup(tmp_path / "backup")
    home.ledger.create()
    before = home.referenced()
    with pytest.raises(StoreExists):
        restore_backup(tmp_path / "backup", home.settings, nothing)
    assert home.referenced() == before


def test_without_a_ledger_nothing_is_restored_unless_that_is_said(
    home, elsewhere, tmp_path
):
    home.put("a" * 32, b"paper")
    home.backup(tmp_path / "backup")
    elsewhere.ledger.folder.rmdir()
    with pytest.raises(LedgerMissing, match="--without-ledger --reason R"):
        restore_backup(tmp_path / "backup", elsewhere.settings, nothing)
    assert not (elsewhere.settings.data_dir / "store").exists()
    restore_backup(
        tmp_path / "backup", elsewhere.settings, nothing, ledger=LedgerUse.WITHOUT
    )
    assert elsewhere.referenced()


def destroy(installation, record_id, *digests, key_of=None):
    key = open_signing_key((key_of or installation).settings.data_dir)
    installation.ledger.append(
        [
            Destroyed(
                record_id=record_id,
                sha256s=digests,
                list_id="list-1",
                destroyed_on=date(2026, 3, 1),
            )
        ],
        key,
    )


def test_a_ledger_that_was_shortened_or_is_another_one_is_not_taken(
    home, elsewhere, tmp_path
):
    destroy(home, "gone", hashlib.sha256(b"x").hexdigest())
    home.backup(tmp_path / "backup")
    for record_id in (None, "another"):
        if record_id:
            destroy(elsewhere, record_id, key_of=home)
        with pytest.raises(LedgerDamaged, match="shortened, or is another one's"):
            restore_backup(tmp_path / "backup", elsewhere.settings, nothing)
    shutil.copytree(home.ledger.folder, elsewhere.ledger.folder, dirs_exist_ok=True)
    restore_backup(tmp_path / "backup", elsewhere.settings, nothing)


def test_a_line_that_the_installation_did_not_sign_stops_a_restore_before_it_writes(
    home, elsewhere, tmp_path
):
    home.put("a" * 32, b"paper")
    home.backup(tmp_path / "backup")
    entry = Destroyed(
        record_id="a" * 32, sha256s=(), list_id="l", destroyed_on=date(2026, 3, 1)
    )
    ledger_in(elsewhere.ledger.folder, OTHER).append([entry], OTHER)
    with pytest.raises(LedgerForged, match=f"key {OTHER.key_id}, which is none"):
        restore_backup(tmp_path / "backup", elsewhere.settings, nothing)
    assert not elsewhere.settings.data_dir.joinpath("store").exists()
    # Whoever knows that it was the key of this installation says so.
    keys = elsewhere.settings.data_dir / "keys"
    keys.mkdir(exist_ok=True)
    (keys / f"{OTHER.key_id}.pem").write_text(OTHER.public_pem)
    restore_backup(tmp_path / "backup", elsewhere.settings, nothing)
    assert [e.record_id for e in elsewhere.ledger.entries()] == ["a" * 32]


def test_a_key_that_was_replaced_still_vouches_for_its_lines(home, elsewhere, tmp_path):
    destroy(home, "first")
    old = open_signing_key(home.settings.data_dir)
    (home.settings.data_dir / "keys" / "signing.key").unlink()
    destroy(home, "second")
    assert open_signing_key(home.settings.data_dir).key_id != old.key_id
    assert [e.record_id for e in home.ledger.entries()] == ["first", "second"]
    home.backup(tmp_path / "backup")
    shutil.copytree(home.ledger.folder, elsewhere.ledger.folder, dirs_exist_ok=True)
    restore_backup(tmp_path / "backup", elsewhere.settings, nothing)
    assert elsewhere.ledger.size == 2


def test_a_ledger_from_before_signatures_is_taken_where_a_person_vouches_for_it(
    home, elsewhere, tmp_path
):
    home.backup(tmp_path / "backup")
    elsewhere.ledger.path.write_bytes(unsigned_lines(["a" * 32, "b" * 32]))
    with pytest.raises(LedgerUnsigned, match="--adopt-ledger"):
        restore_backup(tmp_path / "backup", elsewhere.settings, nothing)
    adopt = {"ledger": LedgerUse.ADOPT}
    restore_backup(tmp_path / "backup", elsewhere.settings, nothing, **adopt)
    assert [e.record_id for e in elsewhere.ledger.entries()] == ["a" * 32, "b" * 32]
    assert elsewhere.ledger.verify().size == 3


def test_a_ledger_without_signatures_is_no_successor_of_one_that_had_them(
    home, elsewhere, tmp_path
):
    with open_database(home.uri) as database:
        run(database, lambda root: setattr(root[ROOT_KEY], "ledger_signed", True))
    home.backup(tmp_path / "backup")
    elsewhere.ledger.path.write_bytes(unsigned_lines(["a" * 32]))
    with pytest.raises(StorageError, match="one without is not its own"):
        restore_backup(
            tmp_path / "backup", elsewhere.settings, nothing, ledger=LedgerUse.ADOPT
        )


def test_the_replay_is_done_before_anybody_can_open_the_store(home, tmp_path):
    canary = "canary-7b1f40d2c9"
    home.put("a" * 32, b"paper")
    with open_database(home.uri) as database:
        run(database, lambda root: root.update(secret=canary))
    home.backup(tmp_path / "backup")
    destroy(home, "a" * 32)
    shutil.rmtree(home.settings.data_dir)
    store = home.settings.data_dir / "store"

    def replay(uri):
        assert not store.exists()
        with open_database(uri) as database:
            assert view(database, lambda root: root["secret"]) == canary
            run(database, lambda root: root.update(secret="gone"))
        return 1

    restored = restore_backup(tmp_path / "backup", home.settings, replay)
    assert restored.replayed == 1
    for path in store.iterdir():
        assert canary.encode() not in path.read_bytes(), path
    assert home.referenced()


def test_a_restore_that_fails_leaves_no_store_and_can_be_given_again(
    home, elsewhere, tmp_path
):
    home.put("a" * 32, b"paper")
    home.backup(tmp_path / "backup")

    def fail(_uri):
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        restore_backup(tmp_path / "backup", elsewhere.settings, fail)
    data_dir = elsewhere.settings.data_dir
    assert not (data_dir / "store").exists()
    killed = data_dir / ".store.restoring.xyz"
    killed.mkdir()
    (killed / "main.sqlite3").write_bytes(b"half")
    restore_backup(tmp_path / "backup", elsewhere.settings, nothing)
    assert elsewhere.referenced()
    assert [p.name for p in data_dir.iterdir() if p.name.startswith(".")] == []


def test_what_shows_a_later_state_is_put_away(home, tmp_path):
    home.put("a" * 32, b"paper")
    home.backup(tmp_path / "backup")
    home.ledger.create()
    data_dir = home.settings.data_dir
    for name in ("index-whoosh/seg", "audit/audit.jsonl", "spool/x"):
        (data_dir / name).parent.mkdir()
        (data_dir / name).write_bytes(b"later")
    shutil.rmtree(data_dir / "store")
    restore_backup(tmp_path / "backup", home.settings, nothing)
    assert not (data_dir / "index-whoosh").exists()
    assert not (data_dir / "audit").exists()
    (kept,) = data_dir.glob("audit-before-restore-*/audit.jsonl")
    assert kept.read_bytes() == b"later"
    assert (data_dir / "spool" / "x").exists()


def test_another_key_is_not_written_over(home, elsewhere, tmp_path):
    home.backup(tmp_path / "backup")
    open_signing_key(elsewhere.settings.data_dir)
    with pytest.raises(StorageError, match="another key than the backup's"):
        restore_backup(tmp_path / "backup", elsewhere.settings, nothing)
    assert not (elsewhere.settings.data_dir / "store").exists()


def test_a_backup_is_restored_to_its_own_kind_of_store_only(home, elsewhere, tmp_path):
    home.backup(tmp_path / "backup")
    settings = replace(elsewhere.settings, store_uri="postgresql://u@/none")
    with pytest.raises(StorageError, match=r"sqlite store and zodb.uri names another"):
        restore_backup(tmp_path / "backup", settings, nothing)


def test_a_store_under_another_id_is_refused(home, elsewhere, tmp_path):
    home.backup(tmp_path / "backup")
    manifest = json.loads((tmp_path / "backup" / "manifest.json").read_text())
    manifest["store"]["id"] = "0" * 32
    (tmp_path / "backup" / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BackupDamaged, match="its store is another"):
        restore_backup(tmp_path / "backup", elsewhere.settings, nothing)
    assert not (elsewhere.settings.data_dir / "store").exists()


# PostgreSQL


@pytest.fixture
def cluster(tmp_path, postgres_uri):
    made = Installation(tmp_path / "var", postgres_uri)
    made.make()
    return made


@pytest.fixture
def other_uri(postgres_server, postgres_uri):
    import contextlib

    import psycopg2

    name = f"other_{os.urandom(4).hex()}"
    connection = psycopg2.connect(postgres_uri)
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    base = postgres_uri.partition("?")[2]
    return f"postgresql://records@/{name}?{base}"


def test_a_postgresql_store_is_backed_up_and_restored(cluster, other_uri, tmp_path):
    sha256 = cluster.put("a" * 32, b"paper")
    taken = cluster.backup(tmp_path / "backup")
    assert "store.dump" in tree(tmp_path / "backup")
    target = Installation(tmp_path / "new", other_uri)
    target.ledger.create()
    restored = restore_backup(tmp_path / "backup", target.settings, nothing)
    assert restored.manifest == taken.manifest
    assert target.referenced() == {sha256: ("a" * 32,)}
    assert target.bitstreams.verify(sha256)
    assert target.put("b" * 32, b"another paper")
    with pytest.raises(StoreExists):
        restore_backup(tmp_path / "backup", target.settings, nothing)


def test_a_dump_holds_the_moment_that_its_bitstreams_were_read_at(
    cluster, tmp_path, monkeypatch
):
    cluster.put("a" * 32, b"paper")
    original = snapshots._dump

    def later(uri, target, snapshot):
        with open_database(cluster.uri) as database:
            run(
                database,
                lambda r: r[ROOT_KEY].bitstream("0" * 64, 1).adopt("b" * 32),
            )
        original(uri, target, snapshot)

    monkeypatch.setattr(snapshots, "_dump", later)
    cluster.backup(tmp_path / "backup")
    assert len(cluster.referenced()) == 2
    listing = subprocess.run(
        ["pg_restore", "--data-only", "-f", "-", str(tmp_path / "backup/store.dump")],
        check=True,
        capture_output=True,
    ).stdout
    assert (b"0" * 64).hex().encode() not in listing
    assert ("a" * 32).encode().hex().encode() in listing


def test_an_interrupted_restore_to_postgresql_is_marked_until_it_is_done(
    cluster, other_uri, tmp_path
):
    cluster.put("a" * 32, b"paper")
    cluster.backup(tmp_path / "backup")
    target = Installation(tmp_path / "new", other_uri)
    target.ledger.create()
    require_restored(other_uri)

    def fail(_uri):
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        restore_backup(tmp_path / "backup", target.settings, fail)
    with pytest.raises(RestoreUnfinished, match="give the same restore command again"):
        require_restored(other_uri)
    calls = []
    restore_backup(
        tmp_path / "backup", target.settings, lambda uri: calls.append(uri) or 1
    )
    assert calls == [other_uri]
    require_restored(other_uri)


def test_a_missing_client_program_is_named(cluster, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StorageError, match=r"pg_dump is not here; install .*client"):
        cluster.backup(tmp_path / "backup")


def test_what_a_client_program_refuses_is_said(other_uri, tmp_path):
    (tmp_path / "store.dump").write_bytes(b"garbage")
    with pytest.raises(StorageError, match=r"pg_restore failed: .*archive"):
        snapshots.load_dump(other_uri, tmp_path / "store.dump")


@pytest.mark.parametrize(
    ("uri", "expected", "password"),
    [
        ("postgresql://u:p%40ss@h:5/db", "postgresql://u@h:5/db", "p@ss"),
        (
            "postgresql://u@h/db?password=x&sslmode=require",
            "postgresql://u@h/db?sslmode=require",
            "x",
        ),
        (
            "postgresql://records@/db?host=%2Frun",
            "postgresql://records@/db?host=%2Frun",
            "",
        ),
        ("postgresql:///db", "postgresql:///db", ""),
    ],
)
def test_a_password_does_not_stand_among_the_arguments(uri, expected, password):
    assert without_password(uri) == (expected, password)


def test_batches_make_no_difference(home, elsewhere, tmp_path, monkeypatch):
    monkeypatch.setattr(restoring, "BATCH", 2)
    monkeypatch.setattr("recordsvc.storage.backup.BATCH", 2)
    digests = {home.put("a" * 32, f"paper {n}".encode()) for n in range(5)}
    home.backup(tmp_path / "backup")
    restore_backup(tmp_path / "backup", elsewhere.settings, nothing)
    assert elsewhere.referenced().keys() == digests
    assert {e.sha256 for e in elsewhere.bitstreams.iterate()} == digests
    assert Path(elsewhere.settings.data_dir, "store", "main.sqlite3").exists()
