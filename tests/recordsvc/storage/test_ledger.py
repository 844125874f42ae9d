import hashlib
import json
import os
import random
import stat
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordsvc.settings import Settings
from recordsvc.storage.errors import LedgerDamaged
from recordsvc.storage.ledger import (
    Destroyed,
    LedgerHead,
    ledger_path,
)
from tests.recordsvc.storage.ledgers import KEY, ledger_in

DAY = date(2026, 3, 1)


def destroyed(record_id, *sha256s):
    return Destroyed(
        record_id=record_id, sha256s=sha256s, list_id="list-1", destroyed_on=DAY
    )


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def ledger(tmp_path):
    return ledger_in(tmp_path / "ledger")


@pytest.fixture
def filled(ledger):
    ledger.append((destroyed(f"r{n}", digest(f"r{n}")) for n in range(5)), KEY)
    return ledger


def test_what_is_appended_is_there_for_another_reader(filled):
    again = ledger_in(filled.folder)
    assert [e.record_id for e in again.entries()] == ["r0", "r1", "r2", "r3", "r4"]
    assert [e.seq for e in again.entries()] == [1, 2, 3, 4, 5]
    assert again.contains("r3")
    assert not again.contains("r5")
    assert again.digests() == {digest(f"r{n}") for n in range(5)}
    assert again.size == 5
    assert again.verify() == again.head() == filled.head()


def test_an_empty_or_missing_ledger_has_no_entries(ledger):
    assert not ledger.exists
    assert (list(ledger.entries()), ledger.size, ledger.digests()) == ([], 0, set())
    ledger.append([], KEY)
    assert ledger.exists
    assert ledger.verify().size == 0


def test_a_reader_sees_what_others_append_later(filled):
    reader = ledger_in(filled.folder)
    assert reader.size == 5
    filled.append([destroyed("late", digest("late"))], KEY)
    assert reader.contains("late")
    assert reader.size == 6


def test_a_record_stands_in_the_ledger_once(filled):
    before = filled.path.read_bytes()
    assert filled.append([destroyed("r1", digest("r1"))], KEY) == 0
    twice = [destroyed("new", digest("x")), destroyed("new", digest("x"))]
    assert filled.append(twice, KEY) == 1
    assert ledger_in(filled.folder).append(twice, KEY) == 0
    assert filled.path.read_bytes().startswith(before)
    assert filled.size == 6


def test_a_digest_that_the_ledger_did_not_know_of_a_record_is_written_down(filled):
    assert filled.append([destroyed("r1", digest("r1"), digest("older"))], KEY) == 1
    assert digest("older") in filled.digests()


def test_a_line_says_what_the_format_says(filled):
    first, second = map(json.loads, filled.path.read_bytes().splitlines()[:2])
    assert list(first) == sorted(
        [
            *("seq", "record_id", "sha256s", "list", "destroyed_on", "title"),
            *("prev", "key", "signature", "hash"),
        ]
    )
    assert first["prev"] == "0" * 64
    assert second["prev"] == first["hash"]
    told = first.pop("hash")
    canonical = json.dumps(first, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(canonical.encode()).hexdigest() == told


def test_only_the_owner_can_read_it(filled):
    assert stat.S_IMODE(filled.folder.stat().st_mode) == 0o700
    for path in filled.folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_the_ledger_lies_outside_of_the_data_folder_unless_the_settings_say_where():
    settings = Settings(
        data_dir=Path("/srv/records/var"), store_uri="sqlite:///x", bitstreams_uri="f"
    )
    assert ledger_path(settings) == Path("/srv/records/var-ledger")
    elsewhere = Settings(
        data_dir=Path("/srv/records/var"),
        store_uri="sqlite:///x",
        bitstreams_uri="f",
        ledger_dir=Path("/mnt/worm"),
    )
    assert ledger_path(elsewhere) == Path("/mnt/worm")


@pytest.mark.parametrize("cut", [1, 2, 40, 200])
def test_a_torn_last_line_is_passed_over_and_cut_at_the_next_append(filled, cut):
    whole = filled.path.read_bytes()
    os.truncate(filled.path, len(whole) - cut)
    reader = ledger_in(filled.folder)
    assert [e.record_id for e in reader.entries()] == ["r0", "r1", "r2", "r3"]
    assert not reader.contains("r4")
    assert reader.verify().size == 4
    # The ledger that wrote the line knows nothing of the cut.
    assert filled.append([destroyed("r4", digest("r4"))], KEY) == 1
    assert filled.path.read_bytes() == whole


def test_zeros_that_a_power_cut_leaves_at_the_end_are_cut(filled):
    whole = filled.path.read_bytes()
    with filled.path.open("ab") as stream:
        stream.write(bytes(300))
    assert ledger_in(filled.folder).append([destroyed("r5", digest("r5"))], KEY) == 1
    assert filled.path.read_bytes().startswith(whole)
    assert ledger_in(filled.folder).verify().size == 6


def replace_in(line, old, new):
    assert old in line
    return line.replace(old, new)


@pytest.mark.parametrize(
    "harm",
    [
        lambda lines: [lines[0], lines[1][: len(lines[1]) // 2], *lines[2:]],
        lambda lines: [lines[0], b"", *lines[1:]],
        lambda lines: [*lines[:2], *lines[3:]],
        lambda lines: lines[1:],
        lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
        lambda lines: [lines[0], replace_in(lines[1], b'"r1"', b'"rX"'), *lines[2:]],
        lambda lines: [lines[0], lines[1] + b" ", *lines[2:]],
        lambda lines: [lines[0], lines[1][:-1] + b',"x":1}', *lines[2:]],
        lambda lines: [lines[0], b"\xff\xfe", *lines[2:]],
        lambda lines: [lines[0], b"[" * 5000, *lines[2:]],
        lambda lines: [lines[0], b"7", *lines[2:]],
        lambda lines: [
            lines[0],
            replace_in(lines[1], b"2026-03-01", b"2026-13-01"),
            *lines[2:],
        ],
    ],
)
def test_damage_in_the_middle_is_named_and_nothing_is_appended(filled, harm):
    lines = harm(filled.path.read_bytes().splitlines())
    filled.path.write_bytes(b"".join(line + b"\n" for line in lines))
    before = filled.path.read_bytes()
    reader = ledger_in(filled.folder)
    for act in (
        lambda: list(reader.entries()),
        reader.verify,
        reader.digests,
        lambda: reader.contains("r0"),
        lambda: reader.append([destroyed("new", digest("new"))], KEY),
    ):
        with pytest.raises(LedgerDamaged, match=r"line \d+.*Put back the copy"):
            act()
    assert filled.path.read_bytes() == before


def test_a_line_without_end_is_damage(filled):
    with filled.path.open("ab") as stream:
        stream.truncate(20_000_000)
    with pytest.raises(LedgerDamaged, match="longer than any line"):
        ledger_in(filled.folder).verify()


def test_a_ledger_that_was_shortened_by_whole_lines_is_told_by_a_head_noted_before(
    filled,
):
    noted = filled.head()
    filled.append([destroyed("later", digest("later"))], KEY)
    assert filled.verify(noted).size == 6
    assert filled.verify(LedgerHead(size=0, hash="0" * 64)).size == 6
    lines = filled.path.read_bytes().splitlines(keepends=True)
    filled.path.write_bytes(b"".join(lines[:3]))
    assert ledger_in(filled.folder).verify().size == 3
    with pytest.raises(LedgerDamaged, match="shortened, or is another one's"):
        ledger_in(filled.folder).verify(noted)


def test_an_append_that_others_took_back_is_forgotten(filled):
    reader = ledger_in(filled.folder)
    whole = filled.path.read_bytes()
    filled.append([destroyed("failed", digest("failed"))], KEY)
    assert reader.contains("failed")
    os.truncate(filled.path, len(whole))
    ledger_in(filled.folder).append(
        [destroyed(f"o{n}", digest("o")) for n in range(4)], KEY
    )
    assert not reader.contains("failed")
    assert reader.size == 9


def test_a_disk_that_refuses_leaves_the_ledger_as_it_was(filled, monkeypatch):
    before = filled.path.read_bytes()

    def refuse(_descriptor):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(OSError, match="Input/output"):
            filled.append([destroyed("new", digest("new"))], KEY)
    assert filled.path.read_bytes() == before
    assert filled.append([destroyed("new", digest("new"))], KEY) == 1


def test_a_link_in_place_of_the_ledger_is_not_written_through(ledger, tmp_path):
    ledger.create()
    ledger.path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Exception, match="link"):
        ledger.append([destroyed("r", digest("r"))], KEY)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("wrong", ["", "a b", "a\nb", "é", "x" * 201])
def test_what_is_no_id_is_not_written_down(wrong):
    with pytest.raises(ValueError, match="no id"):
        destroyed(wrong, digest("x"))
    with pytest.raises(ValueError, match="no SHA-256"):
        destroyed("fine", "ABC")


ids = st.text(st.characters(codec="ascii", min_codepoint=33, max_codepoint=126)).filter(
    lambda text: 0 < len(text) < 200
)


@given(
    batches=st.lists(st.lists(st.tuples(ids, st.dates()), max_size=6), max_size=6),
    cut=st.integers(0, 300),
)
def test_any_cut_at_the_end_leaves_a_ledger_that_goes_on(
    tmp_path_factory, batches, cut
):
    ledger = ledger_in(tmp_path_factory.mktemp("any") / "ledger")
    known = {}
    for batch in batches:
        entries = [
            Destroyed(record_id=i, sha256s=(digest(i),), list_id="l", destroyed_on=d)
            for i, d in batch
        ]
        for one in entries:
            known.setdefault(one.record_id, one)
        ledger.append(entries, KEY)
    assert [e.destroyed for e in ledger_in(ledger.folder).entries()] == [
        *known.values()
    ]
    ledger.append([], KEY)
    os.truncate(ledger.path, max(0, ledger.path.stat().st_size - cut))
    kept = [e.destroyed for e in ledger_in(ledger.folder).entries()]
    assert kept == [*known.values()][: len(kept)]
    ledger.append([*known.values()], KEY)
    assert [e.destroyed for e in ledger.entries()] == [*known.values()]


@pytest.mark.faults
def test_two_processes_append_at_the_same_time_and_no_line_is_lost(ledger, started):
    folder = str(ledger.folder)
    writers = [started("recorder.py", folder, f"w{n}", "60") for n in (1, 2)]
    for writer in writers:
        assert writer.hear() == "ready"
    for writer in writers:
        writer.say("go")
    said = [writer.rest() for writer in writers]
    assert [writer.popen.wait() for writer in writers] == [0, 0]
    assert ledger.verify().size == 120
    assert {e.record_id for e in ledger.entries()} == {i for part in said for i in part}


@pytest.mark.faults
def test_a_kill_during_an_append_loses_nothing_that_was_acknowledged(ledger, started):
    moments = random.Random(3)
    said = []
    for number in range(5):
        writer = started("recorder.py", str(ledger.folder), f"k{number}", "100000")
        assert writer.hear() == "ready"
        writer.say("go")
        said.append(writer.hear())
        time.sleep(moments.uniform(0, 0.06))
        writer.kill()
        said += writer.rest()
        known = {e.record_id for e in ledger_in(ledger.folder).entries()}
        assert known >= set(said)
        assert len(known) - len(said) <= number + 1
    ledger.append([destroyed("after", digest("after"))], KEY)
    assert ledger.verify().size == len(known) + 1
