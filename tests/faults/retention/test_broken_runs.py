"""Runs that somebody else meets broken off, and records that are damaged."""

import errno
from functools import partial
from typing import BinaryIO

import pytest

from recordsvc.jobs import erasing
from recordsvc.jobs.disposal import run_disposal
from recordsvc.jobs.sealer import Sealer, audit_file
from recordsvc.model.record import Statement
from recordsvc.model.root import ROOT_KEY
from recordsvc.services.classification.filing import add_obligation
from recordsvc.services.context import Context
from recordsvc.services.disposal import executing, holding
from recordsvc.services.errors import NotAllowed, VerificationFailed
from recordsvc.storage.erasing import ErasureBlocked, erase_deleted
from recordsvc.storage.ledger import LedgerDamaged, open_ledger
from recordsvc.storage.transactions import session
from tests.faults.retention.archives import (
    LIBRARIAN,
    OFFICER,
    RUN_DAY,
    House,
    Paper,
    order,
)

pytestmark = pytest.mark.faults


def _papers(count: int) -> list[Paper]:
    return [
        Paper(text=" ".join(f"zqpaper{n}oddword{w}" for w in range(12)))
        for n in range(count)
    ]


def _results(report) -> dict[str, str]:
    return {i["id"]: i["result"] for f in report.mapping["lists"] for i in f["items"]}


def test_a_run_that_was_broken_off_is_finished_by_nobody_who_may_not(
    house: House,
) -> None:
    ids = house.add(*_papers(2))
    house.index()
    house.approved(ids)
    house.act(OFFICER, lambda ctx: executing.begin(ctx, RUN_DAY))
    with pytest.raises(NotAllowed):
        run_disposal(house.service, LIBRARIAN, RUN_DAY)
    assert {house.state(i) for i in ids} == {"active"}
    assert _results(house.run()) == dict.fromkeys(ids, "destroyed")
    assert {house.state(i) for i in ids} == {"destroyed"}


def test_a_record_whose_text_is_lost_is_kept_while_a_query_hold_cannot_be_matched(
    house: House,
) -> None:
    ids = house.add(*_papers(3), Paper(text="the harbour paper stays", code="KEPT"))
    house.index()
    asked = order("query", "text:harbour")
    hold = house.act(OFFICER, lambda ctx: holding.place(ctx, asked).hold.id)
    house.approved(ids[:3])
    rendition = house.record(ids[1], lambda r: r.files[0].rendition)
    house.service.bitstreams.path(rendition).unlink()
    results = _results(house.run())
    assert results == {i: "ejected" if i == ids[1] else "destroyed" for i in ids[:3]}, (
        hold
    )
    assert house.state(ids[1]) == "active"


def test_a_record_whose_bytes_are_lost_can_still_be_destroyed(house: House) -> None:
    ids = house.add(*_papers(3))
    house.index()
    house.approved(ids)
    for digest in house.record(
        ids[1], lambda r: (r.files[0].sha256, r.files[0].rendition)
    ):
        house.service.bitstreams.path(digest).unlink()
    assert set(_results(house.run()).values()) == {"destroyed"}
    assert sorted(house.certified()[0]) == sorted(ids)


def _is_there(house: House, record_ids: list[str], digests: list[str]) -> bool:
    assert {house.state(i) for i in record_ids} == {"destroyed"}
    return all(house.service.bitstreams.exists(digest) for digest in digests)


def _doomed(house: House) -> tuple[list[str], list[str]]:
    ids = house.add(*_papers(2))
    house.index()
    house.approved(ids)
    return ids, [house.record(i, lambda r: r.files[0].sha256) for i in ids]


def test_a_damaged_ledger_stops_a_run_before_any_bytes_go(house: House) -> None:
    (first,) = house.add(Paper(text="an older paper of the committee"))
    house.index()
    house.approved([first])
    house.run()
    ids, digests = _doomed(house)
    path = open_ledger(house.service.settings).path
    intact = path.read_bytes()
    path.write_bytes(intact.replace(b'"seq":1', b'"seq":7'))
    with pytest.raises(LedgerDamaged):
        house.run()
    assert _is_there(house, ids, digests)
    path.write_bytes(intact)
    assert set(_results(house.run()).values()) == {"destroyed"}
    assert not any(house.service.bitstreams.exists(digest) for digest in digests)
    assert sorted(house.certified()[-1]) == sorted(ids)


def test_a_trail_that_was_cut_off_stops_a_run_before_any_bytes_go(
    house: House,
) -> None:
    house.add(Paper(text="an older paper of the committee"))
    with Sealer(house.service) as sealer:
        sealer.catch_up()
    ids, digests = _doomed(house)
    path = audit_file(house.service.settings).path
    intact = path.read_bytes()
    path.write_bytes(intact.replace(b"capture", b"Capture", 1))
    with pytest.raises(VerificationFailed):
        house.run()
    assert _is_there(house, ids, digests)
    path.write_bytes(intact)
    assert set(_results(house.run()).values()) == {"destroyed"}
    assert not any(house.service.bitstreams.exists(digest) for digest in digests)


def test_a_reader_that_does_not_end_stops_a_run_and_the_next_one_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids, _ = _doomed(house)
    impatient = partial(erase_deleted, patience_s=0.5)
    monkeypatch.setattr(erasing, "erase_deleted", impatient)
    with session(house.service.database) as reader:
        assert reader.root[ROOT_KEY].records[ids[0]].title
        with pytest.raises(ErasureBlocked, match="this process"):
            house.run()
    assert house.certified() == []
    assert set(_results(house.run()).values()) == {"destroyed"}
    assert sorted(house.certified()[0]) == sorted(ids)


def _as_guessed(ctx: Context, record_ids: list[str]) -> None:
    for record_id in record_ids:
        record = ctx.root.records[record_id]
        guess = Statement(
            field="title", value=record.title, how="extracted", confidence=0.3
        )
        others = (s for s in record.statements if s.field != "title")
        record.statements = (guess, *others)


@pytest.mark.parametrize("content", [None, b"", b"[1]", b'{"pages": [[1]]}'])
def test_a_lost_or_damaged_text_stops_no_run(
    house: House, content: bytes | None
) -> None:
    ids = house.add(*_papers(2))
    house.act(OFFICER, partial(_as_guessed, record_ids=ids))
    house.index()
    house.approved(ids)
    rendition = house.record(ids[0], lambda r: r.files[0].rendition)
    path = house.service.bitstreams.path(rendition)
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert set(_results(house.run()).values()) == {"destroyed"}
    # Nobody could tell whether it was a heading: it goes.
    assert house.record(ids[0], lambda r: r.tombstone.title) is None


def test_bytes_that_the_disk_does_not_give_stop_one_record_only(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = house.add(*_papers(3))
    house.index()
    house.approved(ids)
    bad = house.record(ids[1], lambda r: r.files[0].sha256)
    opened = house.service.bitstreams.open

    def refusing(sha256: str) -> BinaryIO:
        if sha256 == bad:
            raise OSError(errno.EIO, "Input/output error")
        return opened(sha256)

    monkeypatch.setattr(house.service.bitstreams, "open", refusing)
    results = _results(house.run())
    assert results == {i: "ejected" if i == ids[1] else "destroyed" for i in ids}


def test_a_record_that_only_a_second_obligation_binds_gets_its_certificate(
    house: House,
) -> None:
    (record_id,) = house.add(
        Paper(text=" ".join(f"zqbound{w}" for w in range(9)), code="")
    )
    house.act(
        OFFICER,
        lambda ctx: (
            add_obligation(ctx, record_id, "X", citation="Act 3", reason="the law").id
        ),
    )
    house.index()
    house.approved([record_id])
    assert set(_results(house.run()).values()) == {"destroyed"}
    assert house.certified() == [[record_id]]
