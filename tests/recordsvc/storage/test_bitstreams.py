import contextlib
import errno
import hashlib
import io
import os
import random
import stat
import threading
import time

import pytest

from recordsvc.storage import directory
from recordsvc.storage.bitstreams import (
    BitstreamMissing,
    DirectoryBitstreams,
    NotAFile,
    StorageFull,
)
from recordsvc.storage.durable import sync_directory, sync_file

WORDS = b"the house resumed"
DIGEST = hashlib.sha256(WORDS).hexdigest()


def age(store, sha256, seconds=7200):
    then = time.time() - seconds
    os.utime(store.path(sha256), (then, then))


def leftovers(store):
    return [*store.incoming.iterdir(), *store.trash.iterdir()]


def test_a_stream_goes_in_and_comes_out(bitstreams):
    stored = bitstreams.put(io.BytesIO(WORDS))
    bitstreams.sync()
    assert (stored.sha256, stored.bytes, stored.new) == (DIGEST, len(WORDS), True)
    with bitstreams.open(DIGEST) as stream:
        assert stream.read() == WORDS
    assert bitstreams.exists(DIGEST)
    assert bitstreams.size(DIGEST) == len(WORDS)
    assert bitstreams.verify(DIGEST)
    assert leftovers(bitstreams) == []


def test_a_file_goes_in_whole_and_tells_its_progress(bitstreams, tmp_path):
    content = random.Random(3).randbytes((1 << 20) * 2 + 17)
    source = tmp_path / "report.pdf"
    source.write_bytes(content)
    seen = []
    stored = bitstreams.put(source, progress=seen.append)
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert seen == [1 << 20, 2 << 20, len(content)]
    assert source.read_bytes() == content


def test_an_empty_file_is_a_bitstream_too(bitstreams):
    assert bitstreams.put(io.BytesIO(b"")).bytes == 0
    assert bitstreams.verify(hashlib.sha256(b"").hexdigest())


def test_bytes_lie_as_a_plain_file_that_only_its_owner_reads(bitstreams):
    bitstreams.put(io.BytesIO(WORDS))
    path = bitstreams.path(DIGEST)
    assert path == bitstreams.root / DIGEST[:2] / DIGEST[2:4] / DIGEST
    assert path.read_bytes() == WORDS
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    for folder in (path.parent, path.parent.parent, bitstreams.root):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_same_bytes_are_kept_once(bitstreams):
    first, second = (bitstreams.put(io.BytesIO(WORDS)) for _ in range(2))
    assert (first.new, second.new) == (True, False)
    assert [entry.sha256 for entry in bitstreams.iterate()] == [DIGEST]


def test_damaged_bytes_are_noticed_and_replaced_when_they_come_in_again(bitstreams):
    bitstreams.put(io.BytesIO(WORDS))
    path = bitstreams.path(DIGEST)
    path.chmod(0o600)
    path.write_bytes(b"the house rested.")
    assert not bitstreams.verify(DIGEST)
    assert bitstreams.put(io.BytesIO(WORDS)).new
    assert bitstreams.verify(DIGEST)


@pytest.mark.parametrize("kind", ["folder", "named pipe", "broken link", "device"])
def test_what_is_no_plain_file_is_refused_without_waiting(bitstreams, tmp_path, kind):
    path = tmp_path / "odd"
    if kind == "folder":
        path.mkdir()
    elif kind == "named pipe":
        os.mkfifo(path)
    elif kind == "broken link":
        path.symlink_to(tmp_path / "nowhere")
    else:
        path = path.with_name("null")
        path.symlink_to("/dev/null")
    with pytest.raises(NotAFile, match=kind):
        bitstreams.put(path)
    assert leftovers(bitstreams) == []


def test_a_missing_file_is_told_by_its_path(bitstreams, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.pdf"):
        bitstreams.put(tmp_path / "gone.pdf")


def test_a_source_that_breaks_off_leaves_nothing(bitstreams):
    class Breaking(io.RawIOBase):
        def read(self, size=-1):
            if self.tell_once:
                self.tell_once = False
                return b"half"
            raise OSError(errno.EIO, "the medium is damaged")

        tell_once = True

    with pytest.raises(OSError, match="the medium is damaged"):
        bitstreams.put(Breaking())
    assert leftovers(bitstreams) == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "A" * 64, "0" * 63, ""])
def test_only_a_digest_becomes_a_path(bitstreams, name):
    with pytest.raises(ValueError, match="no SHA-256"):
        bitstreams.path(name)
    with pytest.raises(ValueError, match="no SHA-256"):
        bitstreams.discard(name)


def test_bytes_that_are_missing_are_told_as_such(bitstreams):
    for ask in (
        bitstreams.open,
        bitstreams.size,
        bitstreams.remove,
        bitstreams.restore,
    ):
        with pytest.raises(BitstreamMissing, match=DIGEST):
            ask(DIGEST)
    assert not bitstreams.exists(DIGEST)
    assert not bitstreams.verify(DIGEST)


class Disk:
    """Remembers what was synced, in order."""

    def __init__(self, monkeypatch):
        self.files, self.folders, self.order = [], [], []
        monkeypatch.setattr(directory, "sync_file", self.sync_file)
        monkeypatch.setattr(directory, "sync_directory", self.sync_directory)

    def sync_file(self, path):
        sync_file(path)
        self.files.append(path)
        self.order.append("file")

    def sync_directory(self, path):
        sync_directory(path)
        self.folders.append(path)
        self.order.append("folder")


def test_a_group_is_durable_after_its_sync_files_before_folders(
    bitstreams, monkeypatch
):
    disk = Disk(monkeypatch)
    digests = [bitstreams.put(io.BytesIO(bytes([n]))).sha256 for n in range(20)]
    assert disk.order == []
    bitstreams.sync()
    paths = [bitstreams.path(digest) for digest in digests]
    assert sorted(disk.files) == sorted(paths)
    expected = {folder for p in paths for folder in (p.parent, p.parent.parent)}
    assert set(disk.folders) == expected | {bitstreams.root}
    assert "".join(w[1] for w in disk.order) == "i" * 20 + "o" * len(disk.folders)
    bitstreams.sync()
    assert len(disk.files) == 20


def test_what_was_adopted_is_synced_too_for_its_first_owner_may_not_have(
    bitstreams, monkeypatch
):
    other_process = DirectoryBitstreams(bitstreams.root)
    other_process.put(io.BytesIO(WORDS))
    disk = Disk(monkeypatch)
    assert not bitstreams.put(io.BytesIO(WORDS)).new
    bitstreams.sync()
    assert disk.files == [bitstreams.path(DIGEST)]
    assert bitstreams.root in disk.folders


def test_a_thread_syncs_its_own_puts_alone(bitstreams, monkeypatch):
    disk = Disk(monkeypatch)
    thread = threading.Thread(target=bitstreams.put, args=(io.BytesIO(b"other"),))
    thread.start()
    thread.join()
    bitstreams.put(io.BytesIO(WORDS))
    bitstreams.sync()
    assert disk.files == [bitstreams.path(DIGEST)]


def test_a_sync_that_fails_takes_new_bytes_away_and_leaves_old_ones(
    bitstreams, monkeypatch
):
    old = bitstreams.put(io.BytesIO(b"old")).sha256
    bitstreams.sync()

    def fail(path):
        raise OSError(errno.EIO, "input/output error")

    bitstreams.put(io.BytesIO(b"old"))
    bitstreams.put(io.BytesIO(WORDS))
    with monkeypatch.context() as broken:
        broken.setattr(directory, "sync_file", fail)
        with pytest.raises(OSError, match="input/output"):
            bitstreams.sync()
    assert bitstreams.verify(old)
    assert not bitstreams.exists(DIGEST)
    # Another process may have adopted them: the sweep brings them back then.
    assert bitstreams.sweep(lambda digest: digest == DIGEST, 3600) == ()
    assert bitstreams.verify(DIGEST)


def test_a_full_disk_is_told_and_leaves_nothing_half(tiny_disk):
    store = DirectoryBitstreams(tiny_disk / "bitstreams")
    small = store.put(io.BytesIO(WORDS)).sha256
    store.sync()
    with pytest.raises(StorageFull, match="no space left at"):
        store.put(io.BytesIO(bytes(8 << 20)))
    assert leftovers(store) == []
    assert store.verify(small)
    assert store.put(io.BytesIO(b"small enough")).new
    store.sync()


def test_the_sweep_takes_what_is_old_and_not_referred_to(bitstreams):
    kept, young, orphan = (
        bitstreams.put(io.BytesIO(word)).sha256
        for word in (b"kept", b"young", b"orphan")
    )
    bitstreams.sync()
    age(bitstreams, kept)
    age(bitstreams, orphan)
    assert bitstreams.sweep(lambda digest: digest == kept, 3600) == (orphan,)
    assert {e.sha256 for e in bitstreams.iterate()} == {kept, young}
    assert leftovers(bitstreams) == []


def test_an_adoption_at_any_moment_of_a_sweep_keeps_the_bytes(bitstreams):
    """The sweep asks twice whether bytes are referred to; adopt at either time."""
    for moment in (1, 2):
        bitstreams.put(io.BytesIO(WORDS))
        bitstreams.sync()
        age(bitstreams, DIGEST)
        other_process = DirectoryBitstreams(bitstreams.root)
        asked = []

        def referenced(digest, asked=asked, moment=moment, other_process=other_process):
            asked.append(digest)
            if len(asked) == moment:
                other_process.put(io.BytesIO(WORDS))
                other_process.sync()
            return False

        bitstreams.sweep(referenced, 3600)
        assert bitstreams.verify(DIGEST), moment
        assert leftovers(bitstreams) == []


def test_bytes_that_wait_in_the_trash_come_back_for_whoever_syncs_them(bitstreams):
    bitstreams.put(io.BytesIO(WORDS))
    DirectoryBitstreams(bitstreams.root).remove(DIGEST)
    bitstreams.sync()
    assert bitstreams.verify(DIGEST)


def test_a_commit_is_stopped_when_its_bytes_were_destroyed_meanwhile(bitstreams):
    bitstreams.put(io.BytesIO(WORDS))
    bitstreams.remove(DIGEST)
    bitstreams.discard(DIGEST)
    with pytest.raises(BitstreamMissing):
        bitstreams.sync()


def test_what_is_restored_does_not_replace_what_came_in_again(bitstreams):
    bitstreams.put(io.BytesIO(WORDS))
    bitstreams.remove(DIGEST)
    (bitstreams.trash / DIGEST).chmod(0o600)
    (bitstreams.trash / DIGEST).write_bytes(b"damaged")
    bitstreams.put(io.BytesIO(WORDS))
    bitstreams.restore(DIGEST)
    assert bitstreams.verify(DIGEST)
    assert leftovers(bitstreams) == []


def test_a_removal_that_was_killed_is_decided_by_the_next_sweep(bitstreams):
    for word in (b"kept", b"orphan"):
        bitstreams.put(io.BytesIO(word))
    kept, orphan = (hashlib.sha256(w).hexdigest() for w in (b"kept", b"orphan"))
    for digest in (kept, orphan):
        age(bitstreams, digest)
        bitstreams.remove(digest)
    assert bitstreams.sweep(lambda digest: digest == kept, 3600) == (orphan,)
    assert bitstreams.verify(kept)
    assert not bitstreams.exists(orphan)


def test_broken_puts_are_cleared_when_they_are_old(bitstreams):
    for name, seconds in (("old", 7200), ("fresh", 0)):
        path = bitstreams.incoming / name
        path.write_bytes(b"half")
        os.utime(path, (time.time() - seconds,) * 2)
    assert bitstreams.clear_incoming(3600) == 1
    assert [p.name for p in bitstreams.incoming.iterdir()] == ["fresh"]


def test_entries_come_in_the_order_of_their_digests_and_strangers_are_passed_over(
    bitstreams,
):
    digests = [bitstreams.put(io.BytesIO(bytes([n]))).sha256 for n in range(40)]
    (bitstreams.root / "README").write_text("no bitstream")
    (bitstreams.path(digests[0]).parent / "note.txt").write_text("no bitstream")
    assert [entry.sha256 for entry in bitstreams.iterate()] == sorted(digests)
    assert {entry.bytes for entry in bitstreams.iterate()} == {1}


@pytest.mark.faults
def test_a_killed_process_leaves_every_acknowledged_file_and_only_orphans(
    bitstreams, started
):
    moments, acknowledged = random.Random(11), set()
    for _ in range(8):
        process = started("putter.py", str(bitstreams.root))
        assert process.hear() == "ready"
        process.say("go")
        lines = [process.hear()]
        time.sleep(moments.uniform(0, 0.05))
        process.kill()
        lines += process.rest()
        acknowledged |= {digest for line in lines for digest in line.split()}
    assert all(bitstreams.verify(digest) for digest in acknowledged)
    stored = {entry.sha256 for entry in bitstreams.iterate()}
    assert acknowledged <= stored
    bitstreams.clear_incoming(-1)
    assert set(bitstreams.sweep(acknowledged.__contains__, -1)) == stored - acknowledged
    assert {entry.sha256 for entry in bitstreams.iterate()} == acknowledged
    assert leftovers(bitstreams) == []


@pytest.mark.faults
def test_putting_and_sweeping_at_once_never_loses_what_was_synced(bitstreams):
    """Every put is of old, unreferred bytes, so that each sweep wants them."""
    stop, lost, errors = threading.Event(), [], []

    def sweep_all():
        store = DirectoryBitstreams(bitstreams.root)
        while not stop.is_set():
            store.sweep(lambda _digest: False, 30)

    def put_all():
        store = DirectoryBitstreams(bitstreams.root)
        chance = random.Random(1)
        while not stop.is_set():
            try:
                digest = store.put(io.BytesIO(chance.choice((b"a", b"b")))).sha256
                store.sync()
            except (OSError, BitstreamMissing) as error:
                errors.append(error)
                return
            # A sweep may hold it in the trash for a moment.
            if not any(store.verify(digest) for _ in range(1000)):
                lost.append(digest)
            if chance.random() < 0.7:
                with contextlib.suppress(FileNotFoundError):
                    age(store, digest)

    threads = [threading.Thread(target=sweep_all) for _ in range(2)]
    threads.append(threading.Thread(target=put_all))
    for thread in threads:
        thread.start()
    time.sleep(1.5)
    stop.set()
    for thread in threads:
        thread.join()
    assert lost == []
    assert errors == []
