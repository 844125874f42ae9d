"""Scenario 34: whatever is done to the trail is found, at its first bad entry."""

import dataclasses
import json

import pytest

from recordsvc.jobs import audit_check
from recordsvc.jobs.audit_check import heads_in, verify_trail
from recordsvc.jobs.sealer import Sealer
from recordsvc.model.audit import AuditTrail
from recordsvc.services.audit import merkle
from recordsvc.services.audit.auditing import Head, head_of
from recordsvc.services.audit.sealing import FIRST_PREVIOUS, hash_of, leaf_of, line_of
from recordsvc.services.context import SYSTEM, Actor
from recordsvc.services.errors import InvalidRequest, NotAllowed

SIZE = 12


@pytest.fixture(autouse=True)
def _twelve(sealed):
    sealed(SIZE)


@pytest.fixture
def head(service):
    return lambda: service.view(SYSTEM, head_of)


@pytest.fixture
def rewrite(file):
    """Return a function that changes the list of the file's lines."""

    def change(how):
        lines = file.path.read_bytes().splitlines(keepends=True)
        how(lines)
        file.path.write_bytes(b"".join(lines))

    return change


def first_bad(verdict):
    assert not verdict.valid
    assert verdict.reason
    return verdict.first_bad


def test_an_untouched_trail_is_valid(verdict, trail):
    found = verdict()
    assert (found.valid, found.size, found.first_bad) == (True, SIZE, None)
    assert found.root == trail(lambda t: merkle.root_of(t.frontier)).hex()


def test_an_empty_trail_is_valid(verdict, change, file):
    change(lambda t: t.__setstate__(AuditTrail().__getstate__()))
    file.path.unlink()
    found = verdict()
    assert (found.valid, found.size) == (True, 0)
    assert found.root == merkle.EMPTY_ROOT.hex()


def test_what_waits_is_sealed_before_the_verdict(verdict, acts):
    acts(3, first=SIZE)
    assert verdict().size == SIZE + 3


def test_a_reader_may_not_verify(service):
    with pytest.raises(NotAllowed):
        verify_trail(service, Actor(login="r", role="reader"))


# In the file


@pytest.mark.parametrize("seq", [0, 5, SIZE - 1])
def test_an_altered_line_is_named(verdict, rewrite, seq):
    rewrite(
        lambda lines: lines.__setitem__(seq, lines[seq].replace(b"success", b"failure"))
    )
    assert first_bad(verdict()) == seq


@pytest.mark.parametrize("seq", [0, 5, SIZE - 1])
def test_a_removed_line_is_named(verdict, rewrite, seq):
    rewrite(lambda lines: lines.pop(seq))
    assert first_bad(verdict()) == seq


@pytest.mark.parametrize("seq", [0, 5, SIZE - 2])
def test_reordered_lines_are_named(verdict, rewrite, seq):
    rewrite(lambda lines: lines.insert(seq, lines.pop(seq + 1)))
    assert first_bad(verdict()) == seq


def test_an_appended_line_is_named(verdict, rewrite):
    rewrite(lambda lines: lines.append(lines[-1]))
    assert first_bad(verdict()) == SIZE


def test_a_well_formed_line_of_no_act_is_named(verdict, rewrite, trail):
    last = trail(lambda t: t.sealed[SIZE - 1])
    forged = follow(last, event_id="f" * 32)
    rewrite(lambda lines: lines.append(line_of(forged) + b"\n"))
    assert first_bad(verdict()) == SIZE


def test_an_inserted_line_is_named(verdict, rewrite):
    rewrite(lambda lines: lines.insert(4, lines[4]))
    assert first_bad(verdict()) == 5


def test_a_file_that_is_gone_is_named_from_the_first_entry_on(verdict, file):
    file.path.unlink()
    assert first_bad(verdict()) == 0


def test_a_line_without_its_end_is_named(verdict, file):
    file.path.write_bytes(file.path.read_bytes()[:-1])
    assert first_bad(verdict()) == SIZE - 1


def test_a_file_of_one_endless_line_is_named(verdict, file):
    file.path.write_bytes(b"x" * 3_000_000)
    assert first_bad(verdict()) == 0


def test_a_verdict_repairs_nothing(verdict, rewrite, file):
    rewrite(lambda lines: lines.pop())
    before = file.path.read_bytes()
    assert first_bad(verdict()) == SIZE - 1
    assert file.path.read_bytes() == before


# In the store


def follow(entry, **changes):
    """Return a true entry that follows on another."""
    fresh = dataclasses.replace(
        entry, seq=entry.seq + 1, prev_hash=entry.hash, **changes
    )
    return dataclasses.replace(fresh, hash=hash_of(fresh))


@pytest.mark.parametrize("seq", [0, 5, SIZE - 1])
@pytest.mark.parametrize(
    "changes",
    [
        {"agent": "0" * 64},
        {"at": "2020-01-01T00:00:00.000000Z"},
        {"facts": (("sha256", "cd" * 32),)},
        {"kind": "view"},
        {"subject": "e" * 32},
        {"outcome": "failure"},
        {"hash": "0" * 64},
        {"prev_hash": "1" * 64},
        {"seq": 99},
        {"event_id": "f" * 32},
        {"facts": None},
    ],
    ids=lambda c: next(iter(c)),
)
def test_an_altered_entry_is_named(verdict, change, seq, changes):
    change(
        lambda t: t.sealed.update({seq: dataclasses.replace(t.sealed[seq], **changes)})
    )
    assert first_bad(verdict()) == seq


def test_an_entry_that_was_altered_with_its_hash_is_named(verdict, change):
    def how(trail):
        entry = dataclasses.replace(trail.sealed[5], kind="view")
        trail.sealed[5] = dataclasses.replace(entry, hash=hash_of(entry))

    change(how)
    assert first_bad(verdict()) == 5


def test_a_value_of_another_kind_is_named(verdict, change):
    change(lambda t: t.sealed.__setitem__(5, "no entry"))
    assert first_bad(verdict()) == 5


@pytest.mark.parametrize("seq", [0, 5, SIZE - 1])
def test_a_removed_entry_is_named(verdict, change, seq):
    change(lambda t: t.sealed.pop(seq))
    assert first_bad(verdict()) == seq


@pytest.mark.parametrize("seq", [0, 5, SIZE - 2])
def test_reordered_entries_are_named(verdict, change, seq):
    def swap(t):
        t.sealed[seq], t.sealed[seq + 1] = t.sealed[seq + 1], t.sealed[seq]

    change(swap)
    assert first_bad(verdict()) == seq


def test_an_appended_entry_is_named(verdict, change):
    def append(t):
        t.sealed[SIZE] = follow(t.sealed[SIZE - 1], event_id="f" * 32)

    change(append)
    assert first_bad(verdict()) == SIZE


def test_an_event_that_only_claims_to_be_sealed_is_named(verdict, change):
    change(lambda t: t.positions.__setitem__("f" * 32, 3))
    assert first_bad(verdict()) == SIZE


def test_an_entry_that_its_event_does_not_lead_to_is_named(verdict, change):
    change(lambda t: t.positions.__setitem__(t.sealed[4].event_id, 5))
    assert first_bad(verdict()) == 4


def test_another_name_under_an_entry_is_named(verdict, change):
    change(lambda t: t.names.__setitem__(4, (t.names[4][0], "somebody.else")))
    assert first_bad(verdict()) == 4


def test_an_altered_node_is_named_by_the_entry_that_closed_it(verdict, change):
    change(lambda t: t.nodes.__setitem__(merkle.number_of(2, 1), b"0" * 32))
    assert first_bad(verdict()) == 7


def test_an_altered_root_is_named(verdict, change):
    change(lambda t: setattr(t, "frontier", (b"0" * 32, *t.frontier[1:])))
    assert first_bad(verdict()) == SIZE


# In both, by somebody who knows how: only heads that were kept elsewhere tell


def rewritten(trail, file, keep, **changes):
    """Write the trail anew from an entry on, with everything that follows from it."""
    entries = list(trail.sealed.values())
    entries[keep] = dataclasses.replace(entries[keep], **changes)
    fresh, previous = [], FIRST_PREVIOUS
    for entry in entries:
        chained = dataclasses.replace(entry, prev_hash=previous)
        fresh.append(dataclasses.replace(chained, hash=hash_of(chained)))
        previous = fresh[-1].hash
    frontier = ()
    for entry in fresh:
        frontier, nodes = merkle.grow(frontier, entry.seq, leaf_of(entry))
        trail.nodes.update(nodes)
        trail.sealed[entry.seq] = entry
    trail.frontier = frontier
    file.path.write_bytes(b"".join(line_of(entry) + b"\n" for entry in fresh))


def test_a_trail_written_anew_is_told_by_kept_heads(
    verdict, change, file, sealed, head
):
    early = head()
    sealed(3, first=SIZE)
    middle = head()
    sealed(4, first=SIZE + 3)
    late = head()
    assert verdict(early, middle, late).valid
    change(lambda t: rewritten(t, file, SIZE + 1, kind="view"))
    assert verdict().valid, "without heads from outside nobody can tell"
    assert verdict(early).valid, "the change lies behind this one"
    assert first_bad(verdict(late, early, middle)) == SIZE
    assert first_bad(verdict(late)) == 0


def test_a_trail_that_was_cut_in_both_is_told_by_a_kept_head(
    verdict, change, head, rewrite
):
    kept = head()

    def cut(t):
        for seq in (SIZE - 2, SIZE - 1):
            entry = t.sealed.pop(seq)
            del t.positions[entry.event_id], t.names[seq]
        frontier = ()
        for entry in t.sealed.values():
            frontier, _ = merkle.grow(frontier, entry.seq, leaf_of(entry))
        t.size, t.frontier = SIZE - 2, frontier

    change(cut)
    rewrite(lambda lines: lines.__delitem__(slice(-2, None)))
    assert verdict().valid
    found = verdict(kept)
    assert first_bad(found) == SIZE - 2
    assert f"vouches for {SIZE} entries" in found.reason


def test_an_earlier_fault_is_told_before_that_of_a_head(verdict, change, head):
    kept = dataclasses.replace(head(), root="0" * 64)
    change(lambda t: t.sealed.pop(5))
    assert first_bad(verdict(kept)) == 5
    assert first_bad(verdict(dataclasses.replace(kept, size=3))) == 0


def test_a_head_of_another_store_is_refused(verdict, head):
    with pytest.raises(InvalidRequest, match="another store"):
        verdict(dataclasses.replace(head(), store="x"))


def test_heads_are_read_alone_or_in_a_list(head):
    values = dataclasses.asdict(head())
    assert heads_in(json.dumps(values)) == (Head(**values),)
    assert len(heads_in(json.dumps([values, {**values, "key": "..."}]))) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"size": -1},
        {"size": True},
        {"size": "3"},
        {"root": "00"},
        {"root": "g" * 64},
        {"root": None},
        {"at": None},
        {"store": 1},
    ],
)
def test_a_file_that_holds_no_heads_is_refused(head, change):
    values = dataclasses.asdict(head()) | change
    with pytest.raises(InvalidRequest, match="a head needs"):
        heads_in(json.dumps(values))


@pytest.mark.parametrize("text", ["", "[]", "[" * 100_000, "{}", "[1]", "null"])
def test_other_documents_are_no_heads(text):
    with pytest.raises(InvalidRequest):
        heads_in(text)


def test_a_trail_that_grows_while_it_is_checked_is_no_fault(
    service, acts, verdict, monkeypatch
):
    monkeypatch.setattr(audit_check, "CHUNK", 5)
    turns = iter(range(100, 100_000, 3))

    def view(actor, work, real=service.view):
        # Between the reading of the lines and this transaction much is sealed.
        if getattr(work, "__name__", "") == "work":
            acts(3, first=next(turns))
            with Sealer(service) as sealer:
                sealer.drain()
        return real(actor, work)

    monkeypatch.setattr(service, "view", view)
    found = verdict()
    assert found.valid, found
    assert found.size > SIZE
