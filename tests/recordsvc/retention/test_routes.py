"""Whose turn it is on a review route, for any route and any order of people."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordsvc.model import DisposalList, ListItem
from recordsvc.model.disposal import ItemState
from recordsvc.services.disposal import routes
from recordsvc.services.disposal.verdicts import _let_go
from recordsvc.services.errors import Conflict

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = date(2026, 6, 1)
UNITS = st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=5, unique=True)
PEOPLE = st.lists(st.sampled_from("uvwxyz"), max_size=12)


def item_of(units: list[str]) -> ListItem:
    """Return an item that nobody has judged."""
    return ListItem(
        record_id="r",
        action="destroy",
        due_on=DAY,
        digest="d",
        unit=units[0],
        following=tuple(units[1:]),
    )


def listed(*items: ListItem) -> DisposalList:
    """Return a new list."""
    found = DisposalList("l", DAY)
    for number, item in enumerate(items):
        found.items[f"r{number}"] = item
    return found


@given(units=UNITS, people=PEOPLE, named=st.dictionaries(UNITS.map(min), st.just("u")))
def test_no_verdict_stands_before_every_unit_has_spoken_by_another_person(
    units: list[str], people: list[str], named: dict[str, str]
) -> None:
    item, spoken = item_of(units), list[tuple[str, str]]()
    found = listed(item)
    found.reviewers = tuple(named.items())
    for login in people:
        if item.verdict or routes.why_not_now(found, item, login) is not None:
            continue
        spoken.append((item.unit, login))
        judged = replace(item, verdict="destroy", judged_by=login, judged_at=AT)
        item = _let_go(judged)
    assert (item.verdict is not None) is (len(spoken) == len(units))
    assert [unit for unit, _ in spoken] == units[: len(spoken)]
    assert len({login for _, login in spoken}) == len(spoken)
    assert all(login == named.get(unit, login) for unit, login in spoken)
    assert item.route == tuple(units)
    assert [(r.unit, r.login) for r in item.rulings] == spoken
    waits = routes.waits_for(item)
    assert waits == (units[len(spoken)] if len(spoken) < len(units) else None)


@given(routed=st.lists(UNITS, min_size=1, max_size=6))
def test_every_unit_is_told_with_all_that_waits_for_it(routed: list[list[str]]) -> None:
    told = {u["unit"]: u for u in routes.units_of(listed(*map(item_of, routed)))}
    assert set(told) == {unit for units in routed for unit in units}
    for unit, one in told.items():
        assert one["count"] == sum(unit in units for units in routed)
        assert one["now"] == sum(unit == units[0] for units in routed)
        assert one["count"] == one["now"] + one["later"]


def test_what_has_left_a_list_waits_for_nobody() -> None:
    gone = replace(item_of(["A", "B"]), state=ItemState.EJECTED)
    assert routes.waits_for(gone) is None
    assert [(u["now"], u["later"]) for u in routes.units_of(listed(gone))] == [
        (0, 0),
        (0, 0),
    ]


def test_one_person_is_not_named_for_two_units_of_one_item() -> None:
    found = listed(item_of(["A", "B"]), item_of(["C"]))
    found.reviewers = (("A", "u"),)
    routes.require_one_unit_each(found, "A", "u")
    routes.require_one_unit_each(found, "C", "u")
    routes.require_one_unit_each(found, "B", "v")
    with pytest.raises(Conflict, match="u judges for A"):
        routes.require_one_unit_each(found, "B", "u")
