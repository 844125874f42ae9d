"""Uploads as they lie on the disk: parts, deaths, expiry, the way into the queue."""

import base64
import hashlib
import io
import os
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordsvc.bootstrap import init_store, open_service
from recordsvc.jobs.housekeeping import keep_house
from recordsvc.jobs.intake import Intake, IntakeOptions
from recordsvc.jobs.walk import Item
from recordsvc.services import resumable
from recordsvc.services.accounts import create_account
from recordsvc.services.context import SYSTEM, Actor
from recordsvc.services.errors import Conflict, InvalidRequest
from recordsvc.settings import settings_from
from recordsvc.storage.spool import Spool
from recordsvc.storage.uploadparts import Checksum, ChecksumWrong
from recordsvc.storage.uploads import Uploads
from recordsvc.storage.uploadvalues import OffsetMoved, Terms, UploadMissing

LENA = Actor(login="lena", role="librarian")
INTAKE = "0" * 32


@pytest.fixture
def service(tmp_path):
    chosen = settings_from(
        {"search.engine": "memory", "recordsvc.workers": "1"},
        {"RECORDSVC_DATA_DIR": str(tmp_path / "data")},
    )
    init_store(chosen, is_test=True, admin="root", password="a-long-password")
    opened = open_service(chosen, {})
    opened.run(
        SYSTEM,
        lambda ctx: create_account(ctx.root, "lena", "librarian", "a-long-password"),
    )
    yield opened
    opened.close()


def coded(**said: str) -> str:
    return ",".join(
        f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in said.items()
    )


def begin(service, length, **said):
    return service.view(LENA, lambda ctx: resumable.begin(ctx, length, coded(**said)))


def send(service, upload, offset, content):
    return service.view(
        LENA,
        lambda ctx: resumable.go_on(
            ctx, upload.id, offset, io.BytesIO(content), size=len(content)
        ),
    )


def age(service, hours):
    then = time.time() - hours * 3600
    for path in (service.settings.data_dir / "uploads").rglob("offset"):
        os.utime(path, (then, then))


def jobs_of(service):
    return service.view(
        SYSTEM,
        lambda ctx: [(j.id, dict(j.args), str(j.state)) for j in ctx.root.jobs],
    )


class Torn(io.BytesIO):
    """A stream that breaks off."""

    def read(self, size=-1):
        block = super().read(size)
        if not block:
            raise ConnectionResetError
        return block


@given(
    content=st.binary(max_size=4_000),
    cuts=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), max_size=8),
)
@settings(max_examples=40, deadline=None)
def test_parts_that_break_off_anywhere_add_up(tmp_path_factory, content, cuts):
    root = tmp_path_factory.mktemp("uploads")
    uploads = Uploads(root / "uploads")
    made = uploads.create(
        INTAKE, Terms(owner="lena"), name="a", length=len(content), metadata=""
    )
    offset = 0
    for size, comes in cuts:
        part = content[offset : offset + size]
        stream = Torn(part[:comes]) if comes < len(part) else io.BytesIO(part)
        with suppress(ConnectionResetError):
            uploads.append(made.id, offset, stream, len(part))
        offset += min(len(part), comes)
        assert uploads.read(made.id).offset == offset
    rest = content[offset:]
    assert uploads.append(made.id, offset, io.BytesIO(rest), len(rest)) == len(content)
    assert uploads.has_all(INTAKE)
    for _ in range(2):
        # A death between the two steps is made good by doing both again.
        uploads.hand_over(INTAKE, root / "spool")
    (waiting,) = Spool(root / "spool", INTAKE).files()
    assert (waiting.name, waiting.path.read_bytes()) == ("a", content)


def test_bytes_that_a_kill_left_beyond_the_durable_ones_are_cut_off(tmp_path):
    uploads = Uploads(tmp_path / "uploads")
    made = uploads.create(INTAKE, Terms(owner="lena"), name="a", length=6, metadata="")
    uploads.append(made.id, 0, io.BytesIO(b"abc"), 3)
    path = tmp_path / "uploads" / INTAKE / made.id[33:] / "bytes"
    with path.open("ab") as stream:
        stream.write(b"garbage of a power cut")
    assert uploads.read(made.id).offset == 3
    uploads.append(made.id, 3, io.BytesIO(b"def"), 3)
    assert path.read_bytes() == b"abcdef"


def test_a_part_that_does_not_sum_up_leaves_nothing(tmp_path):
    uploads = Uploads(tmp_path / "uploads")
    made = uploads.create(INTAKE, Terms(owner="lena"), name="a", length=3, metadata="")
    wrong = Checksum(algorithm="sha256", digest=b"x" * 32)
    with pytest.raises(ChecksumWrong):
        uploads.append(made.id, 0, io.BytesIO(b"abc"), 3, wrong)
    assert uploads.read(made.id).offset == 0
    right = Checksum(algorithm="sha256", digest=hashlib.sha256(b"abc").digest())
    assert uploads.append(made.id, 0, io.BytesIO(b"abc"), 3, right) == 3
    with pytest.raises(OffsetMoved):
        uploads.append(made.id, 0, io.BytesIO(b"abc"), 3, right)


@pytest.mark.parametrize("hostile", ["", "..", "../../etc", "x" * 49, f"{INTAKE}-.."])
def test_no_id_leads_out_of_the_folder(tmp_path, hostile):
    with pytest.raises(UploadMissing):
        Uploads(tmp_path).read(hostile)


def test_beginning_a_file_again_finds_it(service):
    said = {"intake": "one", "files": "2", "key": "0", "filename": "a.txt"}
    first = begin(service, 5, **said)
    send(service, first, 0, b"abc")
    again = begin(service, 5, **said)
    assert (again.id, again.offset) == (first.id, 3)
    with pytest.raises(Conflict):
        begin(service, 6, **said)


@pytest.mark.parametrize(
    "said",
    [
        {"files": "2"},
        {"intake": "a/b"},
        {"intake": "a", "files": "0"},
        {"intake": "a", "files": "201"},
        {"access": "everybody"},
    ],
)
def test_wrong_metadata_are_refused_before_a_byte_is_sent(service, said):
    with pytest.raises(InvalidRequest):
        begin(service, 5, **said)
    assert not resumable.uploads_of(service.settings).intakes()


def test_an_intake_is_queued_once_however_often_it_is_settled(service):
    upload = begin(service, 3, filename="a.txt")
    send(service, upload, 0, b"abc")
    intake = upload.id[:32]
    for _ in range(3):
        service.run(LENA, lambda ctx: resumable.settle(ctx, intake))
    ((job_id, args, state),) = jobs_of(service)
    assert (job_id, args["actor"], state) == (intake, "lena", "queued")


def test_what_nobody_goes_on_with_is_given_up(service):
    upload = begin(service, 9, filename="a.txt")
    send(service, upload, 0, b"abc")
    age(service, 23)
    keep_house(service)
    assert resumable.uploads_of(service.settings).read(upload.id).offset == 3
    age(service, 25)
    keep_house(service)
    keep_house(service)
    with pytest.raises(UploadMissing):
        resumable.uploads_of(service.settings).read(upload.id)
    assert jobs_of(service) == []


def test_what_arrived_whole_is_taken_in_without_what_never_came(service):
    said = {"intake": "monday", "files": "3"}
    whole = begin(service, 3, filename="whole.txt", **said)
    part = begin(service, 3, filename="part.txt", **said)
    send(service, whole, 0, b"abc")
    send(service, part, 0, b"a")
    keep_house(service)
    assert jobs_of(service) == []
    age(service, 25)
    keep_house(service)
    ((_, args, _),) = jobs_of(service)
    assert args["actor"] == "lena"
    waiting = Spool(service.settings.data_dir / "spool", args["spool"]).files()
    assert [(f.name, f.path.read_bytes()) for f in waiting] == [("whole.txt", b"abc")]


def test_a_death_before_the_job_is_made_good_by_the_housekeeping(service):
    upload = begin(service, 3, filename="a.txt")
    send(service, upload, 0, b"abc")
    uploads = resumable.uploads_of(service.settings)
    uploads.hand_over(upload.id[:32], service.settings.data_dir / "spool")
    age(service, 100)
    keep_house(service)
    ((job_id, _, _),) = jobs_of(service)
    assert job_id == upload.id[:32]
    keep_house(service)
    assert uploads.intakes() == ()


def test_where_a_file_came_from_is_kept_as_inherited(service, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("A paper about water.")
    options = IntakeOptions(origins={str(path): {"source": "imap://x/INBOX/;UID=1"}})
    lines = []
    Intake(service, LENA, options, lines.append).run([Item(given=str(path), path=path)])
    statements = service.view(
        SYSTEM, lambda ctx: ctx.root.records[lines[0]["id"]].statements
    )
    (said,) = [s for s in statements if s.field == "source"]
    assert (said.value, said.how) == ("imap://x/INBOX/;UID=1", "inherited")
