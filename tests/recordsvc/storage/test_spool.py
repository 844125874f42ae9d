import io
import os
import time

import pytest

from recordsvc.storage.errors import StorageError
from recordsvc.storage.spool import Spool, sweep_spools


@pytest.fixture
def root(tmp_path):
    return tmp_path / "data" / "spool"


def spooled(root, *names):
    spool = Spool(root)
    for name in names:
        spool.add(name, io.BytesIO(name.encode("utf-8", "surrogateescape")))
    spool.seal()
    return spool


def test_files_wait_in_their_order_under_the_names_they_came_with(root):
    names = ["b.pdf", "../../etc/passwd", "a\nb", "\udcff.pdf", "b.pdf", "x" * 255]
    key = spooled(root, *names).key
    files = Spool(root, key).files()
    assert [f.name for f in files] == names
    assert [f.path.name for f in files] == ["0", "1", "2", "3", "4", "5"]
    assert files[1].path.read_bytes() == b"../../etc/passwd"
    assert files[1].bytes == 16
    assert {p.parent for p in (f.path for f in files)} == {root / key}


def test_an_upload_that_was_never_sealed_is_none(root):
    spool = Spool(root)
    spool.add("a.pdf", io.BytesIO(b"a"))
    with pytest.raises(StorageError, match="upload it again"):
        Spool(root, spool.key).files()


@pytest.mark.parametrize("key", ["", "..", "a/b", "0" * 31, "Z" * 32])
def test_only_a_key_that_was_given_names_a_spool(root, key):
    with pytest.raises(ValueError, match="no key"):
        Spool(root, key)


def test_removing_takes_everything_and_may_be_repeated(root):
    spool = spooled(root, "a.pdf")
    spool.remove()
    spool.remove()
    assert list(root.iterdir()) == []


def test_the_sweep_spares_what_is_young_or_waited_for(root):
    waited, orphan, young = (spooled(root, "a.pdf") for _ in range(3))
    for spool in (waited, orphan):
        os.utime(spool.folder, (time.time() - 90_000,) * 2)
    assert sweep_spools(root, {waited.key}.__contains__, 86_400) == 1
    assert {p.name for p in root.iterdir()} == {waited.key, young.key}
    assert not orphan.folder.exists()


def test_no_spool_yet_is_nothing_to_sweep(root):
    assert sweep_spools(root, lambda _key: False, 0) == 0
