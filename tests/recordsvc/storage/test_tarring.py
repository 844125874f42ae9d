import io
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordsvc.storage.tarring import BLOCK_BYTES, FolderTar


def filled(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def read(content):
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        return {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(
        st.sampled_from([0, 1, 511, 512, 513, BLOCK_BYTES, BLOCK_BYTES + 1]), max_size=5
    )
)
def test_what_goes_in_comes_out_at_the_length_that_was_told(tmp_path_factory, sizes):
    folder = tmp_path_factory.mktemp("bag")
    files = {f"data/{n}.bin": bytes([n]) * size for n, size in enumerate(sizes)}
    archive = FolderTar(filled(folder, files))
    content = b"".join(archive)
    assert len(content) == archive.length
    assert read(content) == {f"{folder.name}/{k}": v for k, v in files.items()}


def test_names_of_every_kind_come_out_as_they_are(tmp_path):
    names = ["ä" * 100 + ".txt", "مياه.pdf", "a b", "x/" * 50 + "deep", "-dash"]
    folder = filled(tmp_path / "bag", dict.fromkeys(names, b"x"))
    assert set(read(b"".join(FolderTar(folder)))) == {f"bag/{name}" for name in names}


def test_two_archives_of_a_folder_are_the_same_bytes(tmp_path):
    folder = filled(tmp_path / "bag", {"b": b"2", "a": b"1"})
    first = b"".join(FolderTar(folder))
    (folder / "a").touch()
    assert b"".join(FolderTar(folder)) == first


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "secret").write_bytes(b"s")
    folder = filled(tmp_path / "bag", {"a": b"1"})
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "loop").symlink_to(folder)
    assert set(read(b"".join(FolderTar(folder)))) == {"bag/a"}


def test_a_file_that_shrinks_while_it_is_sent_breaks_the_answer_off(tmp_path):
    folder = filled(tmp_path / "bag", {"a": b"12345"})
    archive = FolderTar(folder)
    (folder / "a").write_bytes(b"1")
    with pytest.raises(OSError, match="shorter"):
        b"".join(archive)
    archive.close()
