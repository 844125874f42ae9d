"""Whoever may write the ledger and nothing else cannot make it order anything."""

import hashlib
import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordsvc.storage import ledger_trust
from recordsvc.storage.errors import (
    LedgerDamaged,
    LedgerForged,
    LedgerUnsigned,
    SigningKeyUnusable,
)
from recordsvc.storage.ledger import Destroyed
from recordsvc.storage.ledger_lines import (
    SIGNED_AS,
    TITLE_REPLACED,
    TITLE_UNKNOWN,
    title_mark,
)
from recordsvc.storage.signing import known_keys, open_signing_key, verify
from tests.recordsvc.storage.ledgers import (
    KEY,
    OTHER,
    canonical,
    chained,
    ledger_in,
    unsigned_lines,
)


def destroyed(record_id, title=TITLE_UNKNOWN):
    return Destroyed(
        record_id=record_id,
        sha256s=(hashlib.sha256(record_id.encode()).hexdigest(),),
        list_id="list-1",
        destroyed_on=date(2026, 3, 1),
        title=title,
    )


@pytest.fixture
def ledger(tmp_path):
    return ledger_in(tmp_path / "ledger")


@pytest.fixture
def filled(ledger):
    ledger.append([destroyed(f"r{n}") for n in range(4)], KEY)
    return ledger


def lines_of(ledger):
    return [json.loads(line) for line in ledger.path.read_bytes().splitlines()]


def ids(ledger, **how):
    return [entry.record_id for entry in ledger.entries(**how)]


def refused(ledger, kind, line):
    """Assert that every reader refuses the ledger, and that nothing is written."""
    before = ledger.path.read_bytes()
    for act in (
        lambda one: list(one.entries()),
        lambda one: one.verify(),
        lambda one: one.digests(),
        lambda one: one.contains("r0"),
        lambda one: one.head(),
        lambda one: one.append([destroyed("new")], KEY),
        lambda one: one.take_number(0, KEY),
    ):
        with pytest.raises(kind) as caught:
            act(ledger_in(ledger.folder))
        assert caught.value.line == line
    assert ledger.path.read_bytes() == before
    return str(caught.value)


def test_each_line_is_signed_over_what_it_says_and_the_line_before(filled):
    for line in lines_of(filled):
        signature = bytes.fromhex(line.pop("signature"))
        line.pop("hash")
        assert line["key"] == KEY.key_id
        assert verify(KEY.public_pem, signature, SIGNED_AS + canonical(line))
        assert not verify(KEY.public_pem, signature, canonical(line))


def test_a_line_added_without_a_signature_is_refused(filled):
    last = lines_of(filled)[-1]["hash"]
    with filled.path.open("ab") as stream:
        stream.write(unsigned_lines(["victim"], prev=last, seq=5))
    said = refused(filled, LedgerUnsigned, 5)
    assert "has no signature" in said
    assert "adopt" not in said
    with pytest.raises(LedgerUnsigned):
        filled.adopt(KEY)


def test_a_line_signed_with_another_key_is_refused(filled):
    stranger = ledger_in(filled.folder, KEY, OTHER)
    stranger.append([destroyed("victim")], OTHER)
    said = refused(filled, LedgerForged, 5)
    assert f"keys/{OTHER.key_id}.pem" in said
    # It is not enough to write the id of the right key.
    lines = lines_of(filled)
    lines[-1]["key"] = KEY.key_id
    filled.path.write_bytes(chained(lines))
    assert "signature is not true" in refused(filled, LedgerForged, 5)


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("how", ["record_id", "title", "signature", "removed"])
def test_a_changed_line_is_refused_though_its_chain_is_made_anew(filled, place, how):
    lines = lines_of(filled)
    if how == "signature":
        lines[place]["signature"] = "0" * 128
    elif how == "removed":
        if place == 3:
            # A shortened ledger is told by a head noted elsewhere.
            return
        del lines[place]
    else:
        lines[place][how] = {"record_id": "victim", "title": TITLE_REPLACED}[how]
    filled.path.write_bytes(chained(lines))
    refused(filled, LedgerForged, place + 1)


def test_a_signature_taken_off_with_its_key_is_missed(filled):
    lines = lines_of(filled)
    for name in ("key", "signature", "title"):
        del lines[2][name]
    filled.path.write_bytes(chained(lines))
    refused(filled, LedgerUnsigned, 3)


def test_what_the_key_has_signed_elsewhere_is_no_line(filled):
    """A certificate or a tree head must not be read as an order to destroy."""
    line = lines_of(filled)[-1]
    del line["signature"]
    prev = line.pop("hash")
    line.update(seq=5, prev=prev, record_id="victim")
    line["signature"] = KEY.sign(canonical(line)).hex()
    filled.path.write_bytes(chained([*lines_of(filled), line]))
    refused(filled, LedgerForged, 5)


def test_a_false_line_among_thousands_is_named(ledger, monkeypatch):
    monkeypatch.setattr(ledger_trust, "BLOCK_LINES", 10)
    ledger.append([destroyed(f"r{n}") for n in range(35)], KEY)
    lines = lines_of(ledger)
    lines[22]["record_id"] = "victim"
    ledger.path.write_bytes(chained(lines))
    reader, read = ledger_in(ledger.folder), []
    with pytest.raises(LedgerForged, match="line 23"):
        read.extend(entry.record_id for entry in reader.entries())
    assert read == [f"r{n}" for n in range(20)]


def test_a_ledger_from_before_signatures_orders_nothing_until_it_is_adopted(ledger):
    ledger.create()
    ledger.path.write_bytes(unsigned_lines(["r0", "r1", "r2"]))
    said = refused(ledger, LedgerUnsigned, 1)
    assert "all 3 lines were written before" in said
    assert "recordsvc audit adopt-ledger" in said
    assert ids(ledger, takes_unsigned=True) == ["r0", "r1", "r2"]
    assert ledger.adopt(KEY) == 3
    assert ledger.adopt(KEY) == 0
    reader = ledger_in(ledger.folder)
    assert ids(reader) == ["r0", "r1", "r2"]
    assert reader.verify().size == 4
    assert {e.destroyed.title for e in reader.entries()} == {TITLE_UNKNOWN}
    reader.append([destroyed("r1"), destroyed("r3")], KEY)
    assert ids(ledger) == ["r0", "r1", "r2", "r3"]


@pytest.mark.parametrize("place", range(3))
def test_an_adopted_line_that_is_changed_afterwards_is_refused(ledger, place):
    ledger.create()
    ledger.path.write_bytes(unsigned_lines(["r0", "r1", "r2"]))
    ledger.adopt(KEY)
    lines = lines_of(ledger)
    lines[place]["record_id"] = "victim"
    ledger.path.write_bytes(chained(lines))
    refused(ledger, LedgerForged, 4)


def test_one_adoption_stands_behind_all_unsigned_lines_and_nowhere_else(filled):
    line = lines_of(filled)[0]
    false = {"seq": 5, "prev": lines_of(filled)[-1]["hash"], "adopts": 4}
    false["key"] = line["key"]
    false["signature"] = KEY.sign(SIGNED_AS + canonical(false)).hex()
    filled.path.write_bytes(chained([*lines_of(filled), false]))
    with pytest.raises(LedgerDamaged, match="adopts what does not stand before it"):
        filled.verify()


def test_unsigned_lines_before_a_signed_one_are_not_adopted_by_it(ledger):
    ledger.create()
    ledger.path.write_bytes(unsigned_lines(["r0"]))
    (old,) = lines_of(ledger)
    line = {"seq": 2, "prev": old["hash"], "certificate": 1, "key": KEY.key_id}
    line["signature"] = KEY.sign(SIGNED_AS + canonical(line)).hex()
    ledger.path.write_bytes(chained([old, line]))
    refused(ledger, LedgerUnsigned, 1)


def test_a_number_is_taken_once_by_whoever_asks(filled):
    assert filled.take_number(0, KEY) == 1
    assert ledger_in(filled.folder).take_number(0, KEY) == 2
    assert filled.take_number(7, KEY) == 8
    assert ledger_in(filled.folder).take_number(3, KEY) == 9
    assert ids(filled) == ["r0", "r1", "r2", "r3"]
    assert filled.verify().size == 8


@given(st.text(), st.text())
def test_the_mark_of_a_title_tells_it_from_every_other(one, other):
    assert (title_mark("r", one) == title_mark("r", other)) is (one == other)
    assert title_mark("r", one) != title_mark("s", one)
    assert title_mark("r", None) == TITLE_REPLACED != title_mark("r", one)


def test_keys_of_before_and_those_a_person_puts_there_are_known(tmp_path):
    first = open_signing_key(tmp_path)
    (tmp_path / "keys" / "signing.key").unlink()
    second = open_signing_key(tmp_path)
    (tmp_path / "keys" / "from-elsewhere.pem").write_text(OTHER.public_pem)
    assert known_keys(tmp_path / "keys") == {
        key.key_id: key.public_pem for key in (first, second, OTHER)
    }
    assert known_keys(tmp_path / "nowhere") == {}


def test_a_file_among_the_keys_that_is_none_is_named(tmp_path):
    open_signing_key(tmp_path)
    (tmp_path / "keys" / "x.pem").write_text("no key")
    with pytest.raises(SigningKeyUnusable, match=r"x\.pem holds no Ed25519 key"):
        known_keys(tmp_path / "keys")
    (tmp_path / "keys" / "x.pem").unlink()
    for number in range(101):
        (tmp_path / "keys" / f"{number}.pem").write_text(OTHER.public_pem)
    with pytest.raises(SigningKeyUnusable, match="more than 100"):
        known_keys(tmp_path / "keys")
