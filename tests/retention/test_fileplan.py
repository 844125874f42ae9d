"""What a class takes from the classes above it."""

import pytest
from hypothesis import given

from retention.errors import CaseError
from retention.fileplan import Terms, terms_of
from retention.periods import Period
from retention.schedule import ClassEntry, Owner
from tests.retention.made_files import files

YEAR = Period(years=1)


def entry(code, **terms):
    return ClassEntry(code=code, title=code, **terms)


def test_a_class_takes_what_it_lacks_from_the_nearest_class_above():
    classes = [
        entry("A.B.C", parent="A.B"),
        entry("A", schedule="S1", closure="C1", vital_review=YEAR),
        entry("A.B", parent="A", schedule="S2"),
        entry("X"),
    ]
    assert terms_of(classes) == {
        "A": Terms(schedule="S1", closure="C1", vital_review=YEAR),
        "A.B": Terms(schedule="S2", closure="C1", vital_review=YEAR),
        "A.B.C": Terms(schedule="S2", closure="C1", vital_review=YEAR),
        "X": Terms(),
    }


def test_members_papers_take_nothing_from_the_house():
    member = Owner.MEMBER
    classes = [
        entry("A", schedule="S1", closure="C1", vital_review=YEAR),
        entry("M", parent="A", owner=member, closure="C2"),
        entry("M.X", parent="M", owner=member),
    ]
    terms = terms_of(classes)
    assert terms["M"] == terms["M.X"] == Terms(owner=member, closure="C2")


def test_a_plan_of_any_depth_is_walked():
    classes = [entry("0", schedule="S")]
    classes += [entry(str(n), parent=str(n - 1)) for n in range(1, 5000)]
    assert terms_of(reversed(classes))["4999"].schedule == "S"


def test_a_class_without_a_way_up_is_an_error():
    with pytest.raises(CaseError, match="B is no parent"):
        terms_of([entry("A", parent="B")])
    with pytest.raises(CaseError, match="class A has no way up"):
        terms_of([entry("A", parent="B"), entry("B", parent="A")])


@given(files())
def test_every_class_of_a_good_file_has_terms_and_members_no_schedule(file):
    terms = terms_of(file.classes)
    assert list(terms) == [c.code for c in file.classes]
    for found in terms.values():
        if found.owner is Owner.MEMBER:
            assert found.schedule is None
