"""What binds a decision to what it was made about, also in lists made before."""

from dataclasses import replace
from datetime import timedelta

import pytest

from recordsvc.jobs.disposal import run_disposal
from recordsvc.services import description
from recordsvc.services.context import SYSTEM
from recordsvc.services.disposal import approving, digests
from recordsvc.services.errors import Conflict

from ..web import retained  # noqa: TID252 - no package has a name
from ..web.retained import TODAY, actor  # noqa: TID252


@pytest.fixture(scope="module")
def mould(tmp_path_factory):
    made = retained.mould_in(tmp_path_factory.mktemp("mould"))
    yield made
    made.close()


@pytest.fixture
def archive(mould, tmp_path):
    made = mould.copy(tmp_path)
    yield made
    made.service.close()


def item(archive, listed):
    found = archive.service.view(
        SYSTEM, lambda ctx: list(ctx.root.disposal_lists[listed].items.values())
    )
    return found[0]


def make_old(archive, listed):
    """Give the items of a list the digest of a release that bound no title."""

    def work(ctx):
        found = ctx.root.disposal_lists[listed]
        for one in list(found.items.values()):
            state, _, _ = one.digest.partition(".")
            found.items[one.record_id] = replace(one, digest=state)

    archive.service.run(SYSTEM, work)


def set_title(archive, title, *, told=True):
    """Change a title, as a person does or as a release of before would have done."""
    record_id = archive.ids["herring.txt"]

    def work(ctx):
        if told:
            description.edit(ctx, record_id, {"title": title})
            return
        record = ctx.root.records[record_id]
        record.titles = (("en", title),)
        event = ctx.event("edit", fields="title")
        record.events = (*record.events, event)

    archive.service.run(actor("officer"), work)


def carried_out(archive):
    day = archive.service.fixed_today = TODAY + timedelta(days=8)
    report = run_disposal(archive.service, actor("officer"), day)
    (found,) = report.mapping["lists"]
    return {one["result"]: one["reason"] for one in found["items"]}


def approved(archive):
    listed = retained.propose(archive, "herring.txt")
    retained.judge(archive, listed)
    retained.approve(archive, listed)
    return listed


def test_a_list_of_before_is_carried_out_under_the_digest_it_was_made_with(archive):
    make_old(archive, approved(archive))
    assert carried_out(archive) == {"destroyed": None}


def test_a_list_of_before_loses_a_record_whose_title_is_changed_now(archive):
    listed = approved(archive)
    make_old(archive, listed)
    set_title(archive, "Kippers")
    assert item(archive, listed).state == "ejected"
    assert item(archive, listed).note == digests.RENAMED


def test_a_title_changed_before_the_release_was_changed_is_found_by_its_event(archive):
    listed = approved(archive)
    make_old(archive, listed)
    set_title(archive, "Kippers", told=False)
    assert digests.RENAMED in carried_out(archive)["ejected"]


def test_a_title_changed_past_the_use_case_is_met_by_the_run(archive):
    listed = approved(archive)

    def work(ctx):
        record = ctx.root.records[archive.ids["herring.txt"]]
        record.titles = (("en", "Kippers"),)

    archive.service.run(SYSTEM, work)
    assert digests.RENAMED in carried_out(archive)["ejected"]
    assert item(archive, listed).state == "ejected"


def test_an_approver_is_told_what_has_changed(archive):
    listed = retained.propose(archive, "herring.txt")
    retained.judge(archive, listed)

    def work(ctx):
        record = ctx.root.records[archive.ids["herring.txt"]]
        record.titles = (("en", "Kippers"),)

    archive.service.run(SYSTEM, work)
    with pytest.raises(Conflict, match="its title was changed after the verdict"):
        archive.service.run(
            actor("approver"), lambda ctx: approving.approve(ctx, listed) and None
        )


def test_an_edit_of_something_else_voids_nothing(archive):
    listed = approved(archive)

    def work(ctx):
        record_id = archive.ids["herring.txt"]
        description.edit(ctx, record_id, {"collection": "Fisheries"})

    archive.service.run(actor("officer"), work)
    assert item(archive, listed).state == "listed"
    assert carried_out(archive) == {"destroyed": None}


def test_a_title_changed_and_changed_back_is_what_was_judged(archive):
    listed = retained.propose(archive, "herring.txt")
    set_title(archive, "Kippers")
    set_title(archive, "Herring quotas")
    retained.judge(archive, listed)
    retained.approve(archive, listed)
    assert carried_out(archive) == {"destroyed": None}
