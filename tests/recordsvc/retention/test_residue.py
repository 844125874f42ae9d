"""Every field of a record has a fate when the record is destroyed."""

import pickle
from dataclasses import fields
from datetime import UTC, date, datetime

import pytest

from recordsvc.model import ListItem, Record
from recordsvc.model.disposal import ItemRuling
from recordsvc.model.fileplan import ClassState
from recordsvc.model.record import Tombstone
from recordsvc.services.disposal import residue
from recordsvc.services.disposal.residue import Fate
from recordsvc.services.valuecodec import fields_of
from retention.schedule import Survivor

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = date(2026, 6, 1)


def test_every_field_of_a_record_has_a_fate() -> None:
    """Who adds a field to a record says here whether it outlives its destruction."""
    assert set(residue.RECORD) == set(fields_of(Record))


def test_every_field_that_tells_is_one_of_a_tombstone() -> None:
    assert set(residue.STONE) == {field.name for field in fields(Tombstone)}
    telling = {name for name, fate in residue.STONE.items() if fate is Fate.TELLS}
    assert telling == set(residue._TELLING)


def test_what_nobody_has_thought_of_goes() -> None:
    assert not residue.stays("a_field_of_tomorrow", bare=False)


def test_the_proof_stays_and_what_tells_goes_where_only_the_proof_is_kept() -> None:
    for name, fate in residue.RECORD.items():
        assert residue.stays(name, bare=False) is (fate is not Fate.GOES)
        assert residue.stays(name, bare=True) is (fate is Fate.PROVES)


def full_stone() -> Tombstone:
    """Return a tombstone whose every field says something."""
    return Tombstone(
        title="On ferries",
        type="paper",
        class_code="BUS",
        class_title="Business",
        authority="l1",
        executor="olga",
        method="overwritten",
        started_at=AT,
        language="en",
        originator="Senate",
        aggregation="g1",
        created="2015-01-01",
        declared_on=DAY,
        closed_on="2016-01-01",
        components=(("0" * 64, 7),),
        schedule="S",
        schedule_version=1,
        stage=0,
        citation=("Act 1",),
        trigger="created",
        trigger_date=DAY,
        trace=("created is 2015-01-01",),
        due_on=DAY,
        holds=(("h1", "2016-01-01", "2017-01-01"),),
        decisions=(("judge", "omar", "officer", AT.isoformat(), ""),),
        reason="",
        finished_at=AT,
        verification="no trace found",
        certificate="C000001",
        transferred=("Archive", "0" * 64),
        described=(("author", "A. Member"),),
    )


def test_a_bare_tombstone_proves_as_much_and_tells_nothing() -> None:
    stone = full_stone()
    bare = residue.bared(stone)
    assert bare.is_bare
    for name, fate in residue.STONE.items():
        if fate is Fate.TELLS:
            assert not getattr(bare, name), name
        elif name != "is_bare":
            assert getattr(bare, name) == getattr(stone, name), name
    told = "\n".join(residue.texts_of(bare))
    for text in ("ferries", "Senate", "2015-01-01", "A. Member"):
        assert text in "\n".join(residue.texts_of(stone))
        assert text not in told


def test_every_word_of_a_class_that_is_said_in_statements_says_in_which() -> None:
    assert set(residue.STATED) >= residue.OF_CONTENT
    others = set(Survivor) - set(residue.STATED) - {Survivor.NOTHING}
    assert others == {
        *(Survivor.IDENTIFIER, Survivor.DATE, Survivor.LANGUAGE),
        *(Survivor.JURISDICTION, Survivor.SESSION, Survivor.COLLECTION),
    }


ITEM = ListItem(record_id="r", action="destroy", due_on=DAY, digest="d", unit="BUS")
STATE = ClassState(until=DAY, title="t", parent=None, schedule=None)


@pytest.mark.parametrize(
    ("value", "later"),
    [
        (ITEM, ("following", "passed")),
        (STATE, ("survives_destruction", "maximum")),
        (full_stone(), ("described", "is_bare")),
    ],
)
def test_a_value_of_an_older_store_has_the_first_value_of_a_new_field(
    value: object, later: tuple[str, ...]
) -> None:
    state = value.__getstate__()
    assert isinstance(state, (list, tuple))
    named = [field.name for field in fields(value)]  # type: ignore[arg-type]
    assert tuple(named[-len(later) :]) == later, "new fields stand last"
    older = type(value).__new__(type(value))
    older.__setstate__(state[: -len(later)])  # type: ignore[attr-defined]
    for field in fields(value):  # type: ignore[arg-type]
        wanted = field.default if field.name in later else getattr(value, field.name)
        assert getattr(older, field.name) == wanted
    assert pickle.loads(pickle.dumps(value)) == value


def test_an_item_of_an_older_store_goes_through_its_unit_alone() -> None:
    assert ITEM.route == ("BUS",)
    assert ITEM.rulings == ()
    assert not ITEM.is_judged_by("omar")


def test_an_item_tells_its_whole_route_and_everyone_who_judged_it() -> None:
    first = ItemRuling(unit="A", verdict="destroy", login="omar", at=AT)
    item = ListItem(
        record_id="r",
        action="destroy",
        due_on=DAY,
        digest="d",
        unit="B",
        following=("C",),
        passed=(first,),
    )
    assert item.route == ("A", "B", "C")
    assert item.rulings == (first,)
    assert item.is_judged_by("omar")
    assert not item.is_judged_by("arno")
