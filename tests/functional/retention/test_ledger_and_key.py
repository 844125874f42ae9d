"""The destruction ledger as a person meets it: signed, adopted, obeyed, restored."""

import hashlib
import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from exports import certificate_verifier
from recordsvc.services import description
from recordsvc.services.context import LOCAL_ADMINISTRATOR, Actor, Context
from recordsvc.services.disposal.holding import lift_hold
from recordsvc.storage.ledger import Destroyed, open_ledger
from recordsvc.storage.signing import open_signing_key
from tests.recordsvc.storage.ledgers import OTHER, ledger_in, unsigned_lines

from .conftest import House

RUN_DAY = "2026-06-02"
APPROVER = Actor(login="ada", role="approver", self_made=True)


def destroyed(house: House, *records: str) -> str:
    """Destroy records by a list of their own; return its id."""
    made = house.approved(*records)
    assert house.results(made, RUN_DAY) == dict.fromkeys(records, "destroyed")
    return made


def certificates(house: House) -> dict[str, Any]:
    """Return every certificate of the store, verified, by its id."""
    envelopes = house.see(
        lambda ctx: {i: c.envelope for i, c in ctx.root.certificates.items()}
    )
    return {
        i: certificate_verifier.check(e)["certificate"] for i, e in envelopes.items()
    }


def set_back(house: House, backup: Path) -> str:
    """Lose the store and restore a backup of it; return what the command said."""
    shutil.rmtree(house.cli.data_dir)
    return house.ok("restore", str(backup)).out


def test_a_line_forged_into_the_ledger_destroys_nothing(house: House) -> None:
    gone, victim = house.papers("BUS.FIVE", 2, created="2015-01-01")
    destroyed(house, gone)
    ledger = open_ledger(house._settings())
    honest = ledger.path.read_bytes()
    order = Destroyed(
        record_id=victim, sha256s=(), list_id="l", destroyed_on=date(2026, 6, 2)
    )
    own = open_signing_key(house._settings().data_dir)
    forger = ledger_in(ledger.folder, own, OTHER)
    forger.append([order], OTHER)
    said = house.refused(8, "show", victim)
    assert f"signed with key {OTHER.key_id}, which is none of this" in said
    ledger.path.write_bytes(honest)
    last = json.loads(honest.splitlines()[-1])
    line = unsigned_lines([victim], prev=last["hash"], seq=last["seq"] + 1)
    ledger.path.write_bytes(honest + line)
    assert "has no signature" in house.refused(8, "show", victim)
    assert house.refused(8, "audit", "adopt-ledger")
    ledger.path.write_bytes(honest)
    assert house.state(victim) == "active"
    assert house.ok("text", victim).out


def test_the_public_key_that_is_printed_verifies_a_certificate(
    house: House, tmp_path: Path
) -> None:
    made = destroyed(house, house.paper("BUS.FIVE", created="2015-01-01"))
    shown = house.ok("audit", "key")
    (tmp_path / "parliament.pem").write_text(shown.out)
    (tmp_path / "c.json").write_text(house.ok("disposal", "certificate", made).out)
    files = [str(tmp_path / "c.json"), "--key", str(tmp_path / "parliament.pem")]
    assert certificate_verifier.main(files) == 0
    found = house.json("audit", "key")
    public = certificate_verifier.public_key_of(found["public_key"])
    assert hashlib.sha256(public).hexdigest() == found["fingerprint"]
    assert found["fingerprint"].startswith(found["key_id"])
    assert found["fingerprint"] in shown.err
    (tmp_path / "other.pem").write_text(OTHER.public_pem)
    files[-1] = str(tmp_path / "other.pem")
    assert certificate_verifier.main(files) != 0


def without_signatures(house: House) -> list[str]:
    """Make store and ledger those of a release that did not sign; return the ids."""
    ledger = open_ledger(house._settings())
    ids = [entry.record_id for entry in ledger.entries()]
    ledger.path.write_bytes(unsigned_lines(ids))

    def age(ctx: Context) -> None:
        ctx.root.ledger_signed = False
        ctx.root.ledger_bytes = ledger.path.stat().st_size

    house.do(age)
    return ids


def test_a_ledger_of_an_earlier_release_is_adopted_once_by_a_person(
    house: House,
) -> None:
    gone, second = house.papers("BUS.FIVE", 2, created="2015-01-01")
    destroyed(house, gone)
    assert without_signatures(house) == [gone]
    # The archive serves; what would have to be signed on top of it is refused.
    house.ok("show", gone)
    made = house.approved(second)
    said = house.refused(8, "disposal", "run", by="olga", on=RUN_DAY)
    assert "recordsvc audit adopt-ledger" in said
    assert house.refused(4, "audit", "adopt-ledger", by="olga")
    adopted = house.json("audit", "adopt-ledger")
    assert adopted["lines"] == 1
    house.refused(7, "audit", "adopt-ledger")
    (entry,) = house.json("audit", "list", "--kind", "ledger-adopted")["entries"]
    assert entry["facts"] == {
        "lines": "1",
        "head": adopted["head"],
        "key": adopted["key_id"],
    }
    assert house.results(made, RUN_DAY) == {second: "destroyed"}
    assert house.json("audit", "verify")["valid"]


def test_a_ledger_that_names_living_records_is_not_adopted(house: House) -> None:
    gone, victim = house.papers("BUS.FIVE", 2, created="2015-01-01")
    destroyed(house, gone)
    without_signatures(house)
    path = open_ledger(house._settings()).path
    path.write_bytes(unsigned_lines([gone, victim]))
    said = house.refused(6, "audit", "adopt-ledger")
    assert f"line 2: {victim}" in said
    assert house.refused(8, "show", victim)


def test_a_ledger_that_lost_its_signatures_is_not_adopted_again(house: House) -> None:
    gone = house.paper("BUS.FIVE", created="2015-01-01")
    destroyed(house, gone)
    path = open_ledger(house._settings()).path
    path.write_bytes(unsigned_lines([gone]))
    assert "had signatures before" in house.refused(6, "audit", "adopt-ledger")


def cut(house: House, lines: int) -> bytes:
    """Cut lines off the end of the ledger; return what it was."""
    path = open_ledger(house._settings()).path
    whole = path.read_bytes()
    path.write_bytes(b"".join(whole.splitlines(keepends=True)[:-lines]))
    return whole


def test_nothing_is_built_on_a_ledger_that_was_shortened(
    house: House, tmp_path: Path
) -> None:
    """Else a backup of before would bring back what the missing lines name."""
    first, second, third = house.papers("BUS.FIVE", 3, created="2015-01-01")
    destroyed(house, first)
    destroyed(house, second)
    whole = cut(house, 2)
    house.ok("show", first)
    made = house.approved(third)
    assert "has seen" in house.refused(8, "backup", str(tmp_path / "backup"))
    assert "has seen" in house.refused(8, "disposal", "run", by="olga", on=RUN_DAY)
    # Its bytes are here until the ledger has a line of it.
    assert house.see(lambda ctx: len(ctx.root.certificates)) == 2
    open_ledger(house._settings()).path.write_bytes(whole)
    assert house.results(made, RUN_DAY) == {third: "destroyed"}
    named = [e.record_id for e in open_ledger(house._settings()).entries()]
    assert named == [first, second, third]
    house.ok("backup", str(tmp_path / "later"))


def test_a_ledger_of_which_no_copy_is_left_is_completed_from_the_tombstones(
    house: House, tmp_path: Path
) -> None:
    first, second, bare = house.papers("BUS.FIVE", 3, created="2015-01-01")
    house.ok("backup", str(tmp_path / "backup"))
    destroyed(house, first)
    destroyed(house, second, bare)
    before = open_ledger(house._settings())
    told = {e.record_id: e.destroyed for e in before.entries()}
    shutil.rmtree(before.folder)
    house.refused(8, "backup", str(tmp_path / "refused"))
    assert house.json("audit", "adopt-ledger")["lines"] == 3
    house.refused(7, "audit", "adopt-ledger")
    again = {e.record_id: e.destroyed for e in open_ledger(house._settings()).entries()}
    assert {i: (d.sha256s, d.title, d.list_id) for i, d in again.items()} == {
        i: (d.sha256s, d.title, d.list_id) for i, d in told.items()
    }
    (entry,) = house.json("audit", "list", "--kind", "ledger-completed")["entries"]
    assert entry["facts"]["lines"] == "3"
    assert "destroyed again: 3 records" in set_back(house, tmp_path / "backup")
    assert [house.state(i) for i in (first, second, bare)] == ["destroyed"] * 3


def test_no_two_certificates_share_a_number_though_a_backup_was_restored(
    house: House, tmp_path: Path
) -> None:
    first, second, third = house.papers("BUS.FIVE", 3, created="2015-01-01")
    destroyed(house, first)
    house.ok("backup", str(tmp_path / "backup"))
    destroyed(house, second)
    before = certificates(house)
    assert list(before) == ["C000001", "C000002"]
    assert "destroyed again: 1 record" in set_back(house, tmp_path / "backup")
    assert list(certificates(house)) == ["C000001"]
    assert house.state(second) == "destroyed"
    destroyed(house, third)
    after = certificates(house)
    assert list(after) == ["C000001", "C000003"]
    assert [item["record"] for item in after["C000003"]["items"]] == [third]
    assert house.json("audit", "verify")["valid"]


@pytest.mark.parametrize("was", ["open", "closed"])
def test_a_title_is_kept_or_not_as_the_ledger_says_whatever_the_access_was_before(
    house: House, tmp_path: Path, was: str
) -> None:
    """The access of a record may have changed between the backup and its end."""
    later = {"open": "closed", "closed": "open"}[was]
    record = house.paper("BUS.FIVE", created="2015-01-01", title="On Roe", access=was)
    other = house.paper("BUS.FIVE", created="2015-01-01", title="Old", access="open")
    house.ok("backup", str(tmp_path / "backup"))

    def change(ctx: Context) -> None:
        description.edit(ctx, record, {"access": later})
        description.edit(ctx, other, {"title": "New"})

    house.do(change, LOCAL_ADMINISTRATOR)
    destroyed(house, record, other)

    def titles(ctx: Context) -> list[str | None]:
        return [ctx.root.records[i].tombstone.title for i in (record, other)]

    kept = {"open": None, "closed": "On Roe"}[was]
    assert house.see(titles) == [kept, "New"]
    set_back(house, tmp_path / "backup")
    # Of another title than the one that was kept, nothing says that it may stay.
    assert house.see(titles) == [kept, None]
    assert house.see(lambda ctx: ctx.root.records[other].titles) == ()


def test_a_hold_that_was_lifted_is_named_where_a_package_brings_it_again(
    house: House, tmp_path: Path
) -> None:
    record = house.paper("BUS.FIVE", created="2015-01-01")
    placed = house.json(
        "hold", "place", "--title", "t", "--mandate", "m", "--id", record
    )
    hold = placed["id"]
    made = house.json("export", "--id", record, "-o", str(tmp_path / "out"))
    bag = tmp_path / "out" / made["packages"][0]["path"]
    house.do(lambda ctx: lift_hold(ctx, hold, "over"), APPROVER)
    # The same record, with what has become of its hold here, is no other content.
    assert house.json("bag", "import", str(bag), code=7)["summary"]["unchanged"] == 1
    assert house.show(record)["holds"] == []
