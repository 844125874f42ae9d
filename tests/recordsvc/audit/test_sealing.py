import errno
import json
import logging
import os
from datetime import timedelta, timezone
from itertools import pairwise

import pytest

from recordsvc.jobs.sealer import Sealer
from recordsvc.services.audit import auditing, merkle
from recordsvc.services.audit.sealing import (
    BATCH,
    instant,
    line_of,
    seal,
    waiting_order,
)
from recordsvc.services.context import LOCAL_ADMINISTRATOR, SYSTEM, Actor
from recordsvc.services.errors import (
    InvalidRequest,
    NotAllowed,
    NotFound,
    Temporary,
    VerificationFailed,
)
from recordsvc.storage.database import run
from recordsvc.storage.errors import StorageFull


def test_an_act_is_sealed_after_it_and_not_with_it(service, acts, trail):
    (one,) = acts(1)
    assert not trail(lambda t: t.is_sealed(one.id))
    with Sealer(service) as sealer:
        assert sealer.drain() == 1
        assert sealer.drain() == 0
    assert service.view(SYSTEM, lambda ctx: auditing.is_sealed(ctx.root, one.id))
    assert trail(lambda t: t.pending_count) == 0


def test_entries_stand_in_the_order_of_time_then_of_ids(service, acts, trail):
    late, early = acts(3, first=50), acts(3, first=10)
    twins = [acts(1, first=30)[0] for _ in range(4)]
    with Sealer(service) as sealer:
        sealer.catch_up()
    found = trail(lambda t: [entry.event_id for entry in t.sealed.values()])
    expected = sorted([*late, *early, *twins], key=lambda e: (e.at, e.id))
    assert found == [e.id for e in expected]


def test_every_entry_names_the_hash_of_the_one_before(sealed, trail):
    sealed(20)
    entries = trail(lambda t: list(t.sealed.values()))
    assert entries[0].prev_hash == "0" * 64
    assert all(b.prev_hash == a.hash for a, b in pairwise(entries))
    assert [entry.seq for entry in entries] == list(range(20))


def test_the_file_has_the_same_lines_as_the_store(sealed, trail, file):
    sealed(7)
    sealed(5, first=7)
    entries = trail(lambda t: list(t.sealed.values()))
    assert list(file.lines()) == [line_of(entry) for entry in entries]
    assert file.path.stat().st_mode & 0o777 == 0o600


def test_more_than_a_batch_is_sealed_in_several_commits(service, acts, trail, verdict):
    acts(2 * BATCH + 7)
    with Sealer(service) as sealer:
        assert sealer.drain(batches=1) == BATCH
        assert trail(lambda t: t.size) == BATCH
        assert sealer.drain() == BATCH + 7
    assert verdict().valid


def test_the_chain_and_the_file_hold_no_login(sealed, trail, file):
    sealed(3)
    assert b"officer" not in file.path.read_bytes()
    entries = trail(lambda t: list(t.sealed.values()))
    assert all("officer" not in line_of(entry).decode() for entry in entries)
    assert len({entry.agent for entry in entries}) == 3, "salts make them differ"
    assert trail(lambda t: t.login_of(0)) == "officer"


def test_an_erased_name_leaves_the_chain_valid(sealed, acts, trail, change, verdict):
    sealed(4)
    before = verdict()
    change(lambda t: t.erase_login("officer"))
    assert trail(lambda t: [t.login_of(n) for n in range(4)]) == [None] * 4
    assert verdict() == before
    assert before.valid
    assert before.size == 4


def test_erasing_a_name_says_how_often_it_stood_and_spares_others(service, acts, trail):
    acts(5)
    acts(1, first=5, login="clerk")
    with Sealer(service) as sealer:
        sealer.catch_up()
    assert service.run(SYSTEM, lambda ctx: ctx.root.audit.erase_login("officer")) == 5
    assert service.run(SYSTEM, lambda ctx: ctx.root.audit.erase_login("officer")) == 0
    assert trail(lambda t: [name for _, name in t.names.values()]) == ["clerk"]


def test_facts_that_are_no_codes_are_refused_with_the_act(service, acts):
    with pytest.raises(ValueError, match="too long for the trail"):
        acts(1, sha256="x" * 40_000)


def test_a_second_sealer_waits_for_the_first(service, acts, trail):
    acts(3)
    with Sealer(service) as one, Sealer(service) as other:
        assert one.has_lease
        assert not other.has_lease
        assert other.drain() == 0
        with pytest.raises(Temporary, match="3 audit events are not sealed yet"):
            other.catch_up(timeout_s=0.05)
        one.drain()
        other.catch_up(timeout_s=0.05)
    assert trail(lambda t: t.size) == 3


def test_a_batch_that_conflicts_is_sealed_once(service, acts, trail, file, verdict):
    acts(5)
    attempts = []

    def twice(root):
        ids = sorted(e.event.id for e in root["archive"].audit.pending_entries())
        done = seal(root["archive"], file, ids)
        attempts.append(done)
        if len(attempts) == 1:
            # Another process writes the trail before our commit.
            service.run(SYSTEM, lambda ctx: ctx.root.audit.__setattr__("size", 0))
        return done

    assert run(service.database, twice) == 5
    assert attempts == [5, 5]
    assert len(list(file.lines())) == 5
    assert verdict().valid


def test_a_full_disk_leaves_the_file_and_the_store_as_they_were(
    sealed, file, monkeypatch, verdict
):
    sealed(3)
    before = file.path.read_bytes()

    def full(descriptor, lines):
        os.write(descriptor, lines[: len(lines) // 2])
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr("recordsvc.storage.audit_file._write_all", full)
    with pytest.raises(StorageFull):
        sealed(2, first=3)
    monkeypatch.undo()
    assert file.path.read_bytes() == before
    assert verdict().size == 5


# What a kill, a restore or a forger leaves at the end of the file


def test_a_file_that_is_behind_is_completed_from_the_store(
    service, sealed, file, verdict, caplog
):
    sealed(9)
    whole = file.path.read_bytes()
    file.path.write_bytes(b"".join(whole.splitlines(keepends=True)[:4]))
    with caplog.at_level(logging.WARNING), Sealer(service) as sealer:
        sealer.drain()
    assert file.path.read_bytes() == whole
    assert "entries 4 to 8 lacked" in caplog.text
    assert verdict().valid


def test_a_file_that_is_gone_is_written_anew_from_the_store(
    service, sealed, acts, file, verdict
):
    sealed(BATCH + 3)
    whole = file.path.read_bytes()
    file.path.unlink()
    acts(1, first=2000)
    with Sealer(service) as sealer:
        sealer.catch_up()
    assert file.path.read_bytes().startswith(whole)
    assert verdict().size == BATCH + 4


@pytest.mark.parametrize(
    "more",
    [
        b"something\n",
        b"{}\n",
        b'{"seq":true}\n',
        b"[" * 100_000 + b"\n",
        b'{"event":"0","seq":3}\n',
        b"x" * 2_000_000,
        b"\n",
    ],
    ids=["word", "empty", "true", "deep", "forged", "endless", "blank"],
)
def test_nothing_is_sealed_behind_a_strange_line(sealed, file, trail, more):
    sealed(3)
    with file.path.open("ab") as stream:
        stream.write(more)
    before = file.path.read_bytes()
    with pytest.raises(VerificationFailed, match="recordsvc audit verify"):
        sealed(1, first=3)
    assert trail(lambda t: (t.size, t.pending_count)) == (3, 1)
    assert file.path.read_bytes() == before


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [lines[0], lines[0], lines[1]],
        lambda lines: [lines[0].replace(b"success", b"failure"), lines[1]],
        lambda lines: [lines[1], lines[0]],
    ],
    ids=["doubled", "altered", "reordered"],
)
def test_what_a_kill_has_left_is_not_taken_up_when_it_was_changed(
    service, acts, file, verdict, change
):
    acts(2)

    def sealed_and_killed(ctx):
        # The lines are in the file; the transaction is dropped.
        seal(ctx.root, file, waiting_order(ctx.root))

    service.view(SYSTEM, sealed_and_killed)
    lines = file.path.read_bytes().splitlines(keepends=True)
    file.path.write_bytes(b"".join(change(lines)))
    with Sealer(service) as sealer, pytest.raises(VerificationFailed):
        sealer.catch_up()
    assert verdict().first_bad == 0


def test_nothing_is_sealed_when_the_store_is_older_than_the_file(sealed, file, change):
    sealed(3)
    change(_forget_last)
    with pytest.raises(VerificationFailed, match="entry 2"):
        sealed(1, first=9)
    file.path.rename(file.path.with_suffix(".kept"))
    sealed(0)
    assert len(list(file.lines())) == 3


def _forget_last(trail):
    """Take a trail of three back to two, as an older backup would have it."""
    entry = trail.sealed.pop(2)
    del trail.positions[entry.event_id], trail.names[2], trail.nodes[4]
    trail.size, trail.frontier = 2, trail.frontier[:1]


def test_nothing_is_sealed_on_a_chain_whose_end_is_gone(sealed, change):
    sealed(3)
    change(lambda t: t.sealed.pop(2))
    with pytest.raises(VerificationFailed, match="entry 2"):
        sealed(1, first=3)


# Reading and proving


def test_the_newest_entries_come_first_page_by_page(service, sealed):
    events = sealed(7)

    def page(cursor):
        return service.view(
            LOCAL_ADMINISTRATOR,
            lambda ctx: auditing.entries_page(ctx, limit=3, cursor=cursor),
        )

    found, cursor = [], None
    while True:
        one = page(cursor)
        found += [entry["id"] for entry in one.entries]
        cursor = one.next_cursor
        if cursor is None:
            break
    assert found == [e.id for e in reversed(events)]


def test_a_page_can_be_of_one_subject_or_one_kind(service, sealed):
    sealed(12)

    def seqs(**how):
        page = service.view(
            LOCAL_ADMINISTRATOR, lambda ctx: auditing.entries_page(ctx, **how)
        )
        return [entry["seq"] for entry in page.entries]

    assert seqs(subject=f"{1:032x}") == [9, 5, 1]
    assert seqs(kind="hold") == [9, 6, 3, 0]
    assert seqs(kind="hold", subject=f"{1:032x}") == [9]
    assert seqs(kind="nothing") == []


@pytest.mark.parametrize("how", [{"limit": 0}, {"limit": 1001}, {"cursor": "-1"}])
def test_a_page_that_cannot_be_is_refused(service, how):
    with pytest.raises(InvalidRequest):
        service.view(LOCAL_ADMINISTRATOR, lambda ctx: auditing.entries_page(ctx, **how))


def test_a_page_of_a_broken_trail_says_so(service, sealed, change):
    sealed(3)
    change(lambda t: t.sealed.pop(1))
    with pytest.raises(VerificationFailed, match="entry 1 is missing"):
        service.view(LOCAL_ADMINISTRATOR, auditing.entries_page)


def test_the_trail_is_shown_to_its_readers_alone(service):
    with pytest.raises(NotAllowed, match=r"audit\.view"):
        service.view(Actor(login="o", role="officer"), auditing.entries_page)
    service.view(Actor(login="a", role="auditor"), auditing.entries_page)


def test_a_proof_of_inclusion_needs_only_the_line_and_the_root(service, sealed):
    events = sealed(37)
    for index in (0, 17, 36):
        proof = service.view(
            SYSTEM,
            lambda ctx, i=index: auditing.inclusion_of(ctx.root, events[i].id),
        )
        entry = json.loads(proof.entry)
        assert entry["event"] == events[index].id
        assert merkle.is_included(
            merkle.leaf_hash(bytes.fromhex(entry["hash"])),
            proof.seq,
            proof.size,
            tuple(map(bytes.fromhex, proof.path)),
            bytes.fromhex(proof.root),
        )
        assert len(proof.path) <= 6


def test_what_is_not_sealed_has_no_proof(service, acts):
    (one,) = acts(1)
    with pytest.raises(NotFound, match="not sealed"):
        service.view(SYSTEM, lambda ctx: auditing.inclusion_of(ctx.root, one.id))


def test_instants_of_other_zones_are_kept_in_utc(acts):
    (one,) = acts(1)
    there = one.at.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert instant(there) == instant(one.at) == "2026-03-02T09:30:00.000000Z"
