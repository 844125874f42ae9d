"""What a file carries is kept within limits, and what is left in it is said."""

import pytest

from ingest.extraction import Attachment, Extraction, Warning_
from recordsvc.jobs import carried
from recordsvc.jobs.carried import Carried
from recordsvc.storage.bitstreams import DirectoryBitstreams


def carrying(*contents, **facts):
    attachments = tuple(
        Attachment.named(f"{number}.txt", number, mime=None, content=content)
        for number, content in enumerate(contents, 1)
    )
    return Extraction(mime="message/rfc822", attachments=attachments, **facts)


PLAIN = Extraction(mime="text/plain")


@pytest.fixture(params=["kept", "trial"])
def found(request, tmp_path):
    is_kept = request.param == "kept"
    return Carried(DirectoryBitstreams(tmp_path / "b") if is_kept else None)


def positions(found):
    return [one.manifestation.position for one in found.attached()]


def test_the_same_bytes_are_read_once_and_stand_twice(found):
    fresh = found.unfold(carrying(b"same", b"other", b"same"))
    assert [part.position for part in fresh] == ["1", "2"]
    for part in fresh:
        assert not found.is_complete
        found.take(part, PLAIN, None)
    assert found.is_complete
    assert positions(found) == ["1", "2", "3"]
    first, _, third = (one.manifestation for one in found.attached())
    assert (first.sha256, first.mime) == (third.sha256, third.mime)
    assert (first.name, third.name) == ("1.txt", "3.txt")


def test_parts_come_in_order_of_position_however_they_were_read(found):
    outer = found.unfold(carrying(*(b"%d" % n for n in range(12))))
    inner = found.unfold(carrying(b"inner"), within=outer[1])
    for part in reversed([*outer, *inner]):
        found.take(part, PLAIN, None)
    numbers = [str(n) for n in range(1, 13)]
    assert positions(found) == [*numbers[:2], "2.1", *numbers[2:]]


def test_what_lies_too_deep_is_left_in_and_said(found):
    part = None
    for depth in range(carried.MAX_DEPTH):
        (part,) = found.unfold(carrying(b"%d" % depth), within=part)
    assert found.unfold(carrying(b"deeper", b"deepest"), within=part) == []
    (warning,) = found.warnings()
    assert warning.startswith("attachment:depth: 2 files")


@pytest.mark.parametrize(("limit", "value"), [("MAX_PARTS", 3), ("MAX_BYTES", 30)])
def test_limits_of_a_paper_leave_the_rest_in_and_say_so(
    found, monkeypatch, limit, value
):
    monkeypatch.setattr(carried, limit, value)
    fresh = found.unfold(carrying(*(b"%010d" % n for n in range(6))))
    assert len(fresh) == 3
    for part in fresh:
        found.take(part, PLAIN, None)
    assert found.is_complete
    (warning,) = found.warnings()
    assert warning.startswith("attachment:cut: from '4.txt' on, what the paper carries")


def test_part_that_cannot_be_read_is_kept_with_its_reason(found):
    (part,) = found.unfold(carrying(b"bad"))
    failed = Extraction(mime="application/pdf", quarantined=True, error="crashed")
    found.take(part, failed, None)
    (one,) = found.attached()
    assert one.manifestation.error == "crashed"
    assert found.warnings()[0].startswith("attachment:unread: '1.txt'")


def test_what_a_part_left_in_itself_is_said_of_the_paper(found):
    (part,) = found.unfold(carrying(b"part"))
    cut = Warning_(code="attachment:too-large", message="the attachment 'x' is left")
    other = Warning_(code="needs-ocr", message="a picture")
    found.take(part, Extraction(mime="message/rfc822", warnings=(cut, other)), None)
    assert found.warnings() == (
        "attachment:too-large: in '1.txt': the attachment 'x' is left",
    )
