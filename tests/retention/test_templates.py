"""The templates: good schedule files, marked as what they are."""

import pytest

from retention.errors import CaseError
from retention.fileplan import terms_of
from retention.fileplan_csv import dump_classes, load_classes
from retention.loader import dump, load
from retention.schedule import Action, Owner, Survivor
from retention.templates import template, template_names


@pytest.fixture(params=template_names())
def file(request):
    return load(template(request.param))


def test_a_template_is_marked_and_approved_by_nobody(file):
    assert file.authority.title.startswith("TEMPLATE, not approved")
    assert file.authority.approved_by == ()
    assert file.authority.version == 1


def test_every_class_has_a_schedule_or_holds_members_papers(file):
    for code, terms in terms_of(file.classes).items():
        assert (terms.schedule is None) == (terms.owner is Owner.MEMBER), code


def test_every_schedule_and_closure_is_used(file):
    assert {c.schedule for c in file.classes} - {None} == {
        schedule.code for schedule in file.schedules
    }
    assert {c.closure for c in file.classes} - {None} == {
        rule.code for rule in file.closures
    }


def test_what_is_destroyed_or_transferred_cools_down_for_a_week_at_least(file):
    for schedule in file.schedules:
        for stage in schedule.stages:
            if stage.action in {Action.DESTROY, Action.TRANSFER}:
                assert stage.cooling_days >= 7, schedule.code


def test_a_template_reads_back_in_both_forms(file):
    assert load(dump(file)) == file
    table = dump_classes(file.classes)
    again = load_classes(
        table,
        schedules={schedule.code for schedule in file.schedules},
        closures={rule.code for rule in file.closures},
        maximums={rule.code for rule in file.maximums},
    )
    assert again == file.classes


def test_the_parliamentary_template_has_the_usual_business():
    codes = {entry.code for entry in load(template("parliament")).classes}
    assert codes >= {
        *("BUS.BILL", "BUS.PQ", "BUS.PAPERS", "COM", "PET", "RES.ENQ", "CHAIR", "MEM"),
        *("CORP.FIN", "CORP.HR", "CORP.MAIL"),
    }


@pytest.mark.parametrize("name", ["", "parliament.toml", "../setup", "Parliament"])
def test_an_unknown_template_is_an_error_that_names_the_known(name):
    with pytest.raises(CaseError, match="there are parliament"):
        template(name)


def test_the_parliamentary_template_shows_who_reviews_and_what_is_left():
    file = load(template("parliament"))
    stages = {s.code: s.stages for s in file.schedules}
    assert stages["DISPUTES"][0].review_route == ("LEGAL", "RECORDS")
    assert not stages["RECRUITMENT"][0].keep_stub
    kept = terms_of(file.classes)["BUS.BILL.NOTES"].survives_destruction
    assert kept == (Survivor.IDENTIFIER, Survivor.DATE)
