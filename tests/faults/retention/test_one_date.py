"""The date that is shown is the date that is executed, wherever it is told."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exports.certificate_reading import parse
from recordsvc.services.context import Context
from recordsvc.services.disposal.disposalview import list_mapping
from recordsvc.services.disposal.disposing import list_of
from recordsvc.services.retention import retaining
from tests.faults.retention.archives import OFFICER, TODAY, House, Paper, house_of

pytestmark = pytest.mark.faults
EXAMPLES = 4
DAYS = st.lists(
    st.dates(date(2016, 1, 1), date(2021, 11, 30)), min_size=1, max_size=5, unique=True
)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(days=DAYS)
def test_the_displayed_date_is_the_executed_date(settings_for, days: list[date]):
    # The store stays from one example to the next; every paper is a new record.
    if not hasattr(settings_for, "made"):
        settings_for.made = settings_for("memory")
    with house_of(settings_for.made) as house:
        ids = house.add(
            *(
                Paper(text=f"A paper of {day}, {uuid.uuid4()}", created=day.isoformat())
                for day in days
            )
        )
        shown = {i: house.act(OFFICER, lambda ctx, i=i: _shown(ctx, i)) for i in ids}
        _nothing_runs_before_its_day(house, ids, shown)
        list_id = house.approved(ids)
        listed = house.act(OFFICER, lambda ctx: _listed(ctx, list_id))
        assert house.run().results == {"destroyed"}
        stones = {i: house.record(i, lambda r: r.tombstone.due_on) for i in ids}
        certified = house.view(lambda ctx: _certified(ctx, list_id))
    assert shown == listed == stones == certified


def _shown(ctx: Context, record_id: str) -> date:
    told = retaining.explain(ctx, record_id)
    due = [i for i in _due(ctx)["items"] if i["id"] == record_id]
    assert [i["due_on"] for i in due] == [told["due_on"]]
    return date.fromisoformat(told["due_on"])


def _due(ctx: Context) -> dict[str, Any]:
    return retaining.due(ctx, TODAY)


def _nothing_runs_before_its_day(
    house: House, ids: list[str], shown: dict[str, date]
) -> None:
    for record_id in ids:
        before = shown[record_id] - timedelta(days=1)
        for day, is_due in ((before, False), (shown[record_id], True)):
            told = house.act(
                OFFICER, lambda ctx, i=record_id, d=day: retaining.explain(ctx, i, d)
            )
            assert (told["state"] == "due") is is_due


def _listed(ctx: Context, list_id: str) -> dict[str, date]:
    items = list_mapping(ctx, list_of(ctx, list_id))["items"]
    return {i["id"]: date.fromisoformat(i["due_on"]) for i in items}


def _certified(ctx: Context, list_id: str) -> dict[str, date]:
    number = ctx.root.disposal_lists[list_id].certificate
    signed = parse(ctx.root.certificates[number].envelope)
    return {i.record: i.due_on for i in signed.certificate.items}
