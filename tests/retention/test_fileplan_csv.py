"""The file plan as a table: read whole or refused whole, and no formula in it."""

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention import fileplan_csv
from retention.errors import ScheduleError
from retention.fileplan_csv import dump_classes, load_classes
from retention.periods import Period
from retention.schedule import ClassEntry, Owner
from tests.retention.made_files import files

HEAD = "code,title,parent,schedule,scope,closure,owner,valid_from,valid_to,vital_review"
TABLE = f"""{HEAD}
BUS,Business,,,,,,,,
BUS.PQ,"Questions, all",BUS,PQ-10,"Written
and oral",C-30,house,2020-01-01,2029-12-31,P1Y

MEM,Members' papers,,,,,member,,,
"""


def loaded(source, schedules=("PQ-10",), closures=("C-30",), maximums=("P-2",)):
    return load_classes(
        source, schedules=schedules, closures=closures, maximums=maximums
    )


def errors_of(source):
    with pytest.raises(ScheduleError) as caught:
        loaded(source)
    return list(caught.value.errors)


def test_a_good_table_is_read():
    first, second, third = loaded(TABLE)
    assert first == ClassEntry(code="BUS", title="Business")
    assert second == ClassEntry(
        code="BUS.PQ",
        title="Questions, all",
        parent="BUS",
        schedule="PQ-10",
        scope="Written\nand oral",
        closure="C-30",
        valid_from=date(2020, 1, 1),
        valid_to=date(2029, 12, 31),
        vital_review=Period(years=1),
    )
    assert third.owner is Owner.MEMBER


def test_columns_may_stand_in_any_order_and_be_left_out():
    assert loaded("title,code\nBusiness,BUS\n") == loaded("code,title\nBUS,Business\n")


def test_semicolons_and_byte_order_marks_of_spreadsheets_are_taken():
    source = "\ufeffcode;title\r\nBUS;Business, all\r\n"
    assert loaded(source) == (ClassEntry(code="BUS", title="Business, all"),)


BAD = f"""{HEAD}
BUS, Business,,,,,,,,
BUS.PQ,"Questions
all",BSU,PQ-1O,,C-31,ours,2020-1-1,2029-12-31,P1
BUS.PQ,Questions,BUS,PQ-10,,,member,2020-01-02,2020-01-01,P0D
short,row
,Nothing,MEM,,,,,,,
MEM,Members,MEM,,,,member,,,
HOUSE,House,MEM,,,,,,,
"""


def test_a_bad_table_is_refused_whole_with_every_error_and_its_line():
    starts = [
        (2, "title is ' Business'"),
        (3, "closure C-31 is not in the schedule file; the nearest is C-30"),
        (3, "owner is 'ours'"),
        (3, "parent BSU is not in the file; the nearest is BUS"),
        (3, "schedule PQ-1O is not in the schedule file; the nearest is PQ-10"),
        (3, "title is 'Questions\\nall'"),
        (3, "valid_from is '2020-1-1'"),
        (3, "vital_review is 'P1'"),
        (5, "class BUS.PQ stands on line 3 already"),
        (5, "schedule is 'PQ-10', but Members' papers are no records of the House"),
        (5, "valid_to is 2020-01-01, before valid_from, 2020-01-02"),
        (5, "vital_review is 'P0D'"),
        (6, "the row has 2 cells; there are 10 columns"),
        (7, "a class of the House stands below Members' papers, MEM"),
        (7, "class has no code"),
        (8, "class MEM is its own parent: MEM > MEM"),
        (9, "a class of the House stands below Members' papers, MEM"),
    ]
    errors = errors_of(BAD)
    for (line, text), (wanted_line, wanted) in zip(errors, starts, strict=True):
        assert line == wanted_line
        assert text.startswith(wanted)


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        ("", 1, "the table is empty"),
        ("\n\n", 1, "the table is empty"),
        ("\n\ncode,tilte\n", 3, "no column 'tilte'; the nearest is title"),
        ("code,title,zzz\n", 1, "no column 'zzz'; there may be code, title"),
        ("code,title,title\n", 1, "the column title stands twice"),
        ("code,parent\n", 1, "the column title is missing"),
        ('code,title\nA,"B"x\n', 2, "it is no CSV: "),
        ('code,title\nA,B\nC,"D\n', 3, "it is no CSV: "),
        ("code,title\nA,\ud800\n", 1, "half a character"),
    ],
)
def test_what_is_no_table_is_told_with_its_line(source, line, words):
    errors = errors_of(source)
    assert any(found == line and words in text for found, text in errors)


def test_a_table_without_measure_is_refused(monkeypatch):
    monkeypatch.setattr(fileplan_csv, "MAX_ROWS", 2)
    assert errors_of("code,title\na,b\nc,d\n") == [(3, "it has more than 2 rows")]
    monkeypatch.setattr(fileplan_csv, "MAX_SOURCE", 10)
    assert errors_of("code,title\na,b\n") == [(1, "it is longer than 10 characters")]


DANGEROUS = ["=1+1", "+1", "-1", "@x", "'=1", "''@x", "＝1"]


@pytest.mark.parametrize("text", [*DANGEROUS, "'quoted'", "a=b", "5-1"])
def test_no_cell_is_a_formula_and_all_come_back(text):
    entry = ClassEntry(code=text, title=text, scope=f" \n{text}")
    table = dump_classes([entry])
    row = next(csv.DictReader(io.StringIO(table, newline="")))
    assert row["code"].startswith("'") == (text in DANGEROUS or text == "'quoted'")
    assert row["scope"].startswith("'") == (text in DANGEROUS)
    assert loaded(table) == (entry,)


def test_a_formula_that_somebody_typed_is_a_text_like_others():
    assert loaded("code,title\nA,=1+1\n")[0].title == "=1+1"


@given(files())
def test_any_file_plan_reads_back_as_it_was_written(file):
    table = dump_classes(file.classes)
    again = loaded(
        table,
        schedules={schedule.code for schedule in file.schedules},
        closures={rule.code for rule in file.closures},
        maximums={rule.code for rule in file.maximums},
    )
    assert again == file.classes
    assert dump_classes(again) == table


@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        loaded(text)
    except ScheduleError as error:
        assert error.errors  # noqa: PT017


@given(st.data())
def test_a_good_table_with_a_piece_cut_out_is_read_or_refused(data):
    start = data.draw(st.integers(0, len(TABLE)))
    end = data.draw(st.integers(start, min(len(TABLE), start + 30)))
    try:
        loaded(TABLE[:start] + TABLE[end:])
    except ScheduleError as error:
        last = TABLE.count("\n") + 1
        assert all(1 <= line <= last for line, _ in error.errors)  # noqa: PT017
