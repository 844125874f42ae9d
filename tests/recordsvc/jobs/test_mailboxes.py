"""What a worker says of a mailbox is believed only inside the file."""

import pytest

from ingest.extraction import Extraction
from recordsvc.jobs.mailboxes import looks_like_mailbox, opened
from recordsvc.jobs.walk import Item


@pytest.fixture
def item(tmp_path):
    path = tmp_path / "inbox.mbox"
    path.write_bytes(b"0123456789" * 3)
    return Item(given=str(path), path=path)


def listing(*places, **facts):
    return Extraction(
        mime="application/mbox", structure={"messages": list(places)}, **facts
    )


def test_each_message_is_a_stretch_of_the_file(item):
    mailbox = opened(item, listing([2, 5], [7, 30]))
    contents = []
    while not mailbox.is_taken:
        message = mailbox.next_message()
        with message.open() as stream:
            contents.append((message.item.given, message.name, stream.read()))
    assert contents == [
        (f"{item.given}#1", "inbox-1.eml", b"234"),
        (f"{item.given}#2", "inbox-2.eml", b"789" + b"0123456789" * 2),
    ]


@pytest.mark.parametrize(
    "places",
    [
        ([5, 5],),
        ([-1, 4],),
        ([4, 31],),
        (["0", 4],),
        ([0],),
        (7,),
        ([True, 2.5],),
        (),
    ],
)
def test_places_outside_the_file_make_no_mailbox(item, places):
    assert opened(item, listing(*places)) is None


def test_messages_do_not_overlap(item):
    assert opened(item, listing([0, 10], [5, 20])) is None


def test_what_could_not_be_listed_is_no_mailbox(item):
    assert opened(item, listing([0, 4], quarantined=True)) is None
    assert opened(item, Extraction(mime="text/plain")) is None
    assert not looks_like_mailbox(item)


def test_line_of_the_mailbox_comes_after_the_last_message(item):
    mailbox = opened(item, listing([0, 4], [4, 8], [8, 9]))
    assert mailbox.report({"status": "duplicate"}) is None
    assert mailbox.report({"status": "added"}) is None
    line = mailbox.report({"status": "duplicate"})
    assert (line["path"], line["status"], line["messages"]) == (item.given, "added", 3)
