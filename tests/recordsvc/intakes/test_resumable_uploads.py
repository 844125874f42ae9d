"""tus 1.0 against a real server process, by a client that cuts the connection."""

import base64
import hashlib
import random
import time

import pytest

from .conftest import Archive, Server, Tus

pytestmark = pytest.mark.faults


def text_of(seed: int, size: int) -> bytes:
    draw = random.Random(seed)
    words = [f"w{draw.randrange(10**6)}" for _ in range(1000)]
    out = b""
    while len(out) < size:
        out += " ".join(draw.choices(words, k=200)).encode() + b"\n"
    return out[:size]


def stored(archive: Archive, sha256: str) -> bytes:
    return next(archive.data.glob(f"bitstreams/**/{sha256}")).read_bytes()


def settled_offset(tus: Tus, path: str) -> int:
    """Return the offset once what was cut off has been kept."""
    before = -1
    while (now := tus.offset(path)) != before:
        before = now
        time.sleep(0.05)
    return now


@pytest.mark.slow
def test_fifty_random_cuts_and_the_bytes_are_equal(archive, tus):
    content = text_of(1, 3_000_000)
    draw = random.Random(20261125)
    path = tus.begin(len(content), "cut.txt").headers["location"]
    cuts, kept = 0, 0
    while cuts < 50:
        offset = settled_offset(tus, path)
        kept = max(kept, offset)
        assert offset == kept, "no durable byte is lost"
        rest = content[offset:]
        # A part of the usual size, cut at any byte of the request, head and body.
        part = rest[: min(len(rest), 200_000)]
        cut = draw.randrange(0, 100_000)
        tus.part(path, offset, part, cut_after=cut)
        cuts += 1
    offset = settled_offset(tus, path)
    print(f"\n50 cuts: {offset} of {len(content)} bytes had come through them")
    assert offset > 1_000_000, "what came through a cut connection counts"
    assert tus.part(path, offset, content[offset:]).status == 204
    receipt = tus.receipt(path)
    assert receipt["outcome"] == "added"
    assert receipt["file"] == "cut.txt"
    assert receipt["bytes"] == len(content)
    assert receipt["sha256"] == hashlib.sha256(content).hexdigest()
    assert stored(archive, receipt["sha256"]) == content
    assert receipt["record"] in archive.ids()


@pytest.mark.slow
def test_a_server_killed_while_a_part_comes_goes_on_at_the_durable_offset(
    tmp_path,
):
    archive = Archive(tmp_path)
    server = Server(archive)
    tus = Tus(server, archive.token("sender"))
    content = text_of(2, 2_000_000)
    path = tus.begin(len(content), "killed.txt").headers["location"]
    offset = 0
    draw = random.Random(7)
    for _ in range(4):
        assert tus.part(path, offset, content[offset : offset + 100_000]).status == 204
        offset += 100_000
        tus.part(path, offset, content[offset:], cut_after=draw.randrange(900_000))
        time.sleep(draw.uniform(0, 0.05))
        server.kill()
        server.start()
        now = tus.offset(path)
        assert now >= offset
        offset = now
    assert tus.part(path, offset, content[offset:]).status == 204
    receipt = tus.receipt(path)
    assert stored(archive, receipt["sha256"]) == content
    server.end()
    assert archive.ids() == [receipt["record"]]


def test_several_files_make_one_intake_which_waits_for_all(archive, tus):
    said = {"intake": "monday", "files": "3", "collection": "Monday"}
    paths = [
        tus.begin(20, name, **said).headers["location"]
        for name in ("same.txt", "same.txt", "third.txt")
    ]
    assert len({path.split("/")[-1].split("-")[0] for path in paths}) == 1
    assert tus.begin(20, "fourth.txt", **said).status == 409
    assert tus.begin(20, "other.txt", **said | {"collection": "B"}).status == 409
    for number, path in enumerate(paths[:2]):
        tus.part(path, 0, f"Paper number {number} ......".encode()[:20])
    assert tus("GET", f"{paths[0]}/receipt").json["state"] == "waiting"
    # The third is given up: the intake goes on without it.
    assert tus("DELETE", paths[2]).status == 204
    receipts = [tus.receipt(path) for path in paths[:2]]
    assert [r["outcome"] for r in receipts] == ["added", "added"]
    for number, receipt in enumerate(receipts):
        assert (
            stored(archive, receipt["sha256"])[:14] == f"Paper number {number}".encode()
        )
        shown = archive.json("show", receipt["record"])
        assert shown["collection"] == "Monday"
    assert tus("HEAD", paths[2]).status == 404
    assert tus("DELETE", paths[0]).status == 409
    assert tus.begin(20, "late.txt", **said).status == 409


def test_a_part_with_a_wrong_checksum_is_not_kept(tus):
    path = tus.begin(10).headers["location"]
    right = base64.b64encode(hashlib.sha1(b"01234").digest()).decode()
    wrong = base64.b64encode(hashlib.sha1(b"x").digest()).decode()
    assert tus.part(path, 0, b"01234", Upload_Checksum=f"sha1 {wrong}").status == 460
    assert tus.offset(path) == 0
    assert tus.part(path, 0, b"01234", Upload_Checksum=f"sha1 {right}").status == 204
    assert tus.part(path, 5, b"56789", Upload_Checksum="crc32 AAAA").status == 422
    assert tus.offset(path) == 5
    tus("DELETE", path)


def test_a_summed_up_part_that_was_cut_off_is_not_kept(tus):
    path = tus.begin(500_000).headers["location"]
    body = b"x" * 500_000
    right = base64.b64encode(hashlib.sha256(body).digest()).decode()
    tus.part(path, 0, body, cut_after=300_000, Upload_Checksum=f"sha256 {right}")
    assert settled_offset(tus, path) == 0
    tus("DELETE", path)


def test_the_protocol_is_told_and_kept_to(server, tus):
    told = tus("OPTIONS", "/api/v1/uploads")
    assert told.status == 204
    assert told.headers["tus-version"] == "1.0.0"
    assert "checksum" in told.headers["tus-extension"]
    assert told.headers["tus-max-size"] == "4294967296"
    old = tus("HEAD", "/api/v1/uploads/x", Tus_Resumable="0.2.2")
    assert (old.status, old.headers["tus-version"]) == (412, "1.0.0")
    assert tus.begin(5_000_000_000_000).status == 413
    assert tus("POST", "/api/v1/uploads").status == 422
    path = tus.begin(10).headers["location"]
    head = tus("HEAD", path)
    assert head.headers["cache-control"] == "no-store"
    assert head.headers["upload-length"] == "10"
    assert head.headers["upload-metadata"].startswith("filename ")
    assert "upload-expires" in head.headers
    assert tus.part(path, 3, b"abc").status == 409
    assert tus.part(path, 0, b"0123456789ab").status == 409
    assert tus("PATCH", path, b"abc", Upload_Offset="0").status == 415
    over = tus(
        "POST",
        path,
        b"0123",
        X_HTTP_Method_Override="PATCH",
        Content_Type="application/offset+octet-stream",
        Upload_Offset="0",
    )
    assert (over.status, over.headers["upload-offset"]) == (204, "4")
    assert tus("DELETE", path).status == 204
    gone = tus("HEAD", path)
    assert (gone.status, gone.headers["tus-resumable"]) == (404, "1.0.0")
    for hostile in ("..%2f..%2fetc", "0" * 32 + "-" + "0" * 16, "%00", "-"):
        assert tus("HEAD", f"/api/v1/uploads/{hostile}").status == 404


def test_a_first_part_may_come_with_the_creation(archive, tus):
    answer = tus(
        "POST",
        "/api/v1/uploads",
        b"All of it at once.",
        Upload_Length="18",
        Content_Type="application/offset+octet-stream",
        Upload_Metadata="filename " + base64.b64encode(b"once.txt").decode(),
    )
    assert (answer.status, answer.headers["upload-offset"]) == (201, "18")
    assert tus.receipt(answer.headers["location"])["outcome"] == "added"


def test_nobody_sees_an_upload_of_another(archive, server, tus):
    path = tus.begin(10, "mine.txt").headers["location"]
    other = Tus(server, archive.token("other"))
    reader = Tus(server, archive.token("reader", "reader"))
    for method, status in (("HEAD", 404), ("DELETE", 404), ("GET", 404)):
        assert other(method, path).status == status
    assert other.part(path, 0, b"x").status == 404
    assert other("GET", f"{path}/receipt").status == 404
    assert reader("HEAD", path).status == 403
    assert reader.begin(10).status == 403
    nobody = Tus(server, "")
    nobody.token = "rsvc_no_token"
    assert nobody("HEAD", path).status == 401
    tus("DELETE", path)


def test_a_dry_run_says_what_would_happen_and_keeps_nothing(archive, tus):
    before = archive.ids()
    path = tus.begin(30, "trial.txt", dry_run="yes").headers["location"]
    tus.part(path, 0, b"A trial paper about lanterns..")
    receipt = tus.receipt(path)
    assert (receipt["outcome"], receipt["record"]) == ("added", None)
    assert archive.ids() == before
    assert not list(archive.data.glob(f"bitstreams/**/{receipt['sha256']}"))


def test_nothing_names_a_file_after_its_intake(archive, tus):
    content = b"Nothing of its name is left beside the record."
    path = tus.begin(len(content), "lighthousekeeper.txt").headers["location"]
    tus.part(path, 0, content)
    tus.receipt(path)
    assert tus.offset(path) == len(content)
    for place in ("uploads", "spool"):
        for file in (archive.data / place).rglob("*"):
            assert file.is_dir() or b"lighthouse" not in file.read_bytes(), file
