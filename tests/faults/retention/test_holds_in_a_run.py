"""What people do while a run is under way, or lies broken off."""

import pytest

from recordsvc.jobs.disposal import finish_run
from recordsvc.model.disposal import ItemState, ListState
from recordsvc.services.disposal import approving, executing, holding
from recordsvc.services.errors import Conflict
from tests.faults.retention.archives import FIRST, OFFICER, RUN_DAY, House, Paper, order

pytestmark = pytest.mark.faults


def _papers(count: int) -> list[Paper]:
    return [Paper(text=f"water w{n}x paper, number {n}") for n in range(count)]


def _list_state(house: House, list_id: str) -> str:
    return house.view(lambda ctx: ctx.root.disposal_lists[list_id].state)


def test_a_hold_during_a_run_ejects_and_opens_the_list_for_nobody(house: House) -> None:
    ids = house.add(*_papers(executing.BATCH + 5))
    house.index()
    list_id = house.approved(ids)
    run_id = house.act(OFFICER, lambda ctx: executing.begin(ctx, RUN_DAY))
    left = min(ids)
    asked = order("list", ids=(left,))
    hold = house.act(OFFICER, lambda ctx: holding.place(ctx, asked).hold.id)
    assert _list_state(house, list_id) == ListState.EXECUTING
    with pytest.raises(Conflict, match="cannot be aborted"):
        house.act(FIRST, lambda ctx: approving.abort(ctx, list_id, "stop it"))
    finish_run(house.service, OFFICER, run_id)
    assert _list_state(house, list_id) == ListState.COMPLETED
    assert house.state(left) == "active"
    assert {house.state(i) for i in set(ids) - {left}} == {"destroyed"}
    item = house.view(lambda ctx: ctx.root.disposal_lists[list_id].items[left])
    assert item.state == ItemState.EJECTED
    assert hold in item.note
    assert sorted(house.certified()[0]) == sorted({*ids} - {left})


def test_holds_on_all_that_is_left_end_the_list_with_the_run(house: House) -> None:
    ids = house.add(*_papers(2))
    house.index()
    list_id = house.approved(ids)
    run_id = house.act(OFFICER, lambda ctx: executing.begin(ctx, RUN_DAY))
    asked = order("list", ids=tuple(ids))
    house.act(OFFICER, lambda ctx: holding.place(ctx, asked))
    assert _list_state(house, list_id) == ListState.EXECUTING
    finish_run(house.service, OFFICER, run_id)
    assert _list_state(house, list_id) == ListState.COMPLETED
    assert {house.state(i) for i in ids} == {"active"}
    assert house.certified() == []


def test_a_hold_on_what_is_gone_says_so(house: House) -> None:
    gone, stays = house.add(*_papers(2))
    house.index()
    house.approved([gone])
    house.run()
    asked = order("list", ids=(gone, stays))
    placed = house.act(OFFICER, lambda ctx: holding.place(ctx, asked))
    assert (placed.gone, placed.records) == ((gone,), 1)
    with pytest.raises(Conflict, match="already destroyed"):
        house.act(OFFICER, lambda ctx: holding.place(ctx, order("list", ids=(gone,))))
