"""A dossier becomes its stub only by what is still true when that is committed."""

from functools import partial

import pytest

from recordsvc.services.classification import aggregations
from recordsvc.services.classification.aggregating import (
    add_record,
    close,
    open_aggregation,
    reopen,
)
from recordsvc.services.classification.aggregations import AggregationDisposed
from recordsvc.services.context import Actor
from recordsvc.services.disposal import dossiers, executing, holding
from recordsvc.services.disposal.holding import HoldOrder
from recordsvc.services.disposal.tombstones import Order, finish

from .conftest import OFFICER, TODAY

LIFTER = Actor(login="ada", role="approver", self_made=True)


def open_file(store, code="BUS.PQ", **more):
    return store.do(lambda ctx: open_aggregation(ctx, "File", code, **more).id, OFFICER)


def shut(store, file):
    store.do(lambda ctx: close(ctx, file, "2014-01-01").id)


def gone(store, file, *, access="internal", authority="list", title="Paper"):
    """Lay a record into a file and destroy it; return the id of the run."""
    paper = store.paper(created="2010-01-01", access=access, title=title)

    def work(ctx):
        add_record(ctx, file, paper)
        run = executing.new_run(ctx, TODAY)
        order = Order(authority=authority, method="m", executor="olga")
        record = ctx.root.records[paper]
        executing.entomb_alone(ctx, run, record, order)
        dossiers.note_disposed(ctx, record)
        return run.id

    return store.do(work)


@pytest.fixture
def emptied(store):
    """Return a store with a closed dossier whose one record is destroyed."""
    file = open_file(store, on="2010-01-01")
    run = gone(store, file)
    shut(store, file)
    return store, file, run


def stub(store, file):
    return store.see(lambda ctx: ctx.root.aggregations[file].stub)


def dispose(store, run):
    at = ""
    while at is not None:
        at = store.do(partial(dossiers.dispose_next, run_id=run, after=at))


def crossed(store, run, other):
    """Dispose of what is empty while another transaction is committed in between."""
    crossings = iter([other])

    def work(ctx):
        at = dossiers.dispose_next(ctx, run, "")
        act = next(crossings, None)
        if act is not None:
            act()
        return at

    store.do(work)
    assert next(crossings, None) is None


def test_a_hold_that_crosses_keeps_the_dossier(emptied):
    store, file, run = emptied
    order = HoldOrder(title="T", mandate="M", scope="aggregation", target=file)
    crossed(store, run, lambda: store.do(lambda ctx: holding.place(ctx, order).hold.id))
    assert stub(store, file) is None


def test_a_reopening_that_crosses_keeps_the_dossier(emptied):
    store, file, run = emptied
    again = partial(reopen, aggregation_id=file, reason="a late petition")
    crossed(store, run, lambda: store.do(lambda ctx: again(ctx).id))
    assert stub(store, file) is None


def test_a_record_that_crosses_keeps_the_dossier(emptied):
    store, file, run = emptied
    paper = store.paper()

    def lay(ctx):
        aggregations.lay_into(ctx, ctx.root.records[paper], file)

    crossed(store, run, lambda: store.do(lay))
    assert stub(store, file) is None


def test_a_record_is_not_laid_into_what_is_being_disposed_of(emptied):
    store, file, run = emptied
    paper = store.paper()
    crossings = iter([partial(dispose, store, run)])

    def lay(ctx):
        aggregations.lay_into(ctx, ctx.root.records[paper], file)
        act = next(crossings, None)
        if act is not None:
            act()

    with pytest.raises(AggregationDisposed, match="was disposed of"):
        store.do(lay)
    assert stub(store, file) is not None
    assert store.record(paper)["aggregation"] is None


def test_disposing_again_changes_nothing(emptied):
    store, file, run = emptied
    dispose(store, run)
    first = stub(store, file)
    dispose(store, run)
    assert stub(store, file) == first
    assert first.finished_at is None


def test_a_stub_is_finished_when_the_last_record_is_proved_gone(emptied):
    store, file, run = emptied
    dispose(store, run)
    store.do(lambda ctx: dossiers.finish(ctx, run, ()))
    assert stub(store, file).finished_at is None

    def prove(ctx):
        ids = list(ctx.root.disposal_runs[run].records)
        told = dossiers.certified(ctx, ids, ())
        proved = dossiers.certified(ctx, ids, ids)
        for record_id in ids:
            record = ctx.root.records[record_id]
            finish(record, "no trace found", "C000001", ctx.now())
        dossiers.finish(ctx, run, ids)
        return [file.is_whole for file in (*told, *proved)]

    assert store.do(prove) == [False, True]
    found = stub(store, file)
    assert found.certificates == ("C000001",)
    assert found.finished_at is not None


@pytest.mark.parametrize(
    ("levels", "keeps"),
    [
        (("internal",), True),
        (("closed",), False),
        (("internal", "closed"), False),
        (("open", "internal"), True),
    ],
)
def test_the_title_is_as_closed_as_what_lay_in_the_dossier(store, levels, keeps):
    file = open_file(store, on="2010-01-01")
    runs = [gone(store, file, access=level) for level in levels]
    shut(store, file)
    dispose(store, runs[-1])
    assert stub(store, file).keeps_title is keeps
    title = store.see(lambda ctx: ctx.root.aggregations[file].title)
    assert title == ("File" if keeps else "")


def test_a_hold_on_the_class_of_the_dossier_keeps_it(emptied):
    store, file, run = emptied
    order = HoldOrder(title="T", mandate="M", scope="class", target="BUS")
    hold = store.do(lambda ctx: holding.place(ctx, order).hold.id)
    dispose(store, run)
    assert stub(store, file) is None
    store.do(lambda ctx: holding.lift_hold(ctx, hold, "over"), LIFTER)
    dispose(store, run)
    assert stub(store, file) is not None


def test_many_dossiers_are_disposed_of_in_bounded_steps(store, monkeypatch):
    monkeypatch.setattr(dossiers, "BATCH", 2)
    monkeypatch.setattr(dossiers, "LOOKED_AT", 3)
    files = [open_file(store, on="2010-01-01") for _ in range(9)]
    runs = [gone(store, file) for file in files]
    for file in files[::2]:
        shut(store, file)
    steps, at = 0, ""
    while at is not None:
        at = store.do(partial(dossiers.dispose_next, run_id=runs[0], after=at))
        steps += 1
    assert steps > 3
    assert [stub(store, f) is not None for f in files] == [n % 2 == 0 for n in range(9)]
    left = store.see(lambda ctx: set(ctx.root.dwindling))
    assert left == set(files[1::2])


def test_a_run_of_before_disposes_of_dossiers_too(emptied):
    store, file, run = emptied
    store.do(lambda ctx: setattr(ctx.root.disposal_runs[run], "aggregations", None))
    dispose(store, run)
    assert stub(store, file) is not None
