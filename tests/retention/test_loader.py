"""Schedule files: read whole or refused whole, with every error and its line."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention import loader
from retention.errors import ScheduleError
from retention.loader import dump, load
from retention.periods import Period
from retention.schedule import (
    Action,
    Authority,
    Combine,
    Owner,
    Reach,
    Rounding,
    Stage,
    Trigger,
    TriggerKind,
)
from tests.retention.made_files import files

HEAD = """\
[authority]
title = "Records Authority of the Assembly"
zone = "Europe/Paris"
fiscal_year_start = "04-01"
approved_by = ["Clerk of the House", "Archivist"]
version = 3
effective_from = 2026-01-01
"""
FILE = (
    HEAD
    + """
[[class]]
code = "BUS"
title = "Business of the House"

[[class]]
code = "BUS.PQ"
title = "Parliamentary questions"
parent = "BUS"
schedule = "PQ-10"
scope = "Written and oral questions and their answers"

[[schedule]]
code = "PQ-10"
title = "Questions, closed files"
citation = ["Records Act 2004 s. 12"]
  [[schedule.stage]]
  trigger = ["event:answered", "closed"]
  combine = "any"
  period = "P10Y"
  rounding = "year"
  action = "review"
  cooling_days = 7
  [[schedule.stage]]
  period = "P1Y6M"
  action = "transfer"
  [[schedule.stage]]
  action = "permanent"
"""
)


def errors_of(source):
    with pytest.raises(ScheduleError) as caught:
        load(source)
    assert list(caught.value.errors) == sorted(caught.value.errors)
    return list(caught.value.errors)


def lines_with(source, words):
    return [line for line, text in errors_of(source) if words in text]


def test_a_good_file_is_read():
    file = load(FILE)
    assert file.authority == Authority(
        title="Records Authority of the Assembly",
        zone="Europe/Paris",
        fiscal_year_start="04-01",
        approved_by=("Clerk of the House", "Archivist"),
        version=3,
        effective_from=date(2026, 1, 1),
    )
    assert [entry.code for entry in file.classes] == ["BUS", "BUS.PQ"]
    assert file.classes[0].schedule is None
    first, second, third = file.schedules[0].stages
    assert first == Stage(
        action=Action.REVIEW,
        triggers=(
            Trigger(kind=TriggerKind.EVENT, name="answered"),
            Trigger(kind=TriggerKind.CLOSED),
        ),
        combine=Combine.ANY,
        period=Period(years=10),
        rounding=Rounding.YEAR,
        cooling_days=7,
    )
    assert second == Stage(action=Action.TRANSFER, period=Period(years=1, months=6))
    assert third == Stage(action=Action.PERMANENT)


def test_export_and_import_give_equal_values():
    file = load(FILE)
    assert load(dump(file)) == file
    assert dump(load(dump(file))) == dump(file)


def test_line_ends_and_byte_order_marks_do_not_matter():
    assert load("\ufeff" + FILE.replace("\n", "\r\n")) == load(FILE)


def test_one_text_stands_for_a_list_of_one():
    one = FILE.replace('["Records Act 2004 s. 12"]', '"Records Act 2004 s. 12"')
    assert load(one) == load(FILE)


def test_a_file_may_hold_the_authority_alone():
    file = load(HEAD.replace('fiscal_year_start = "04-01"\n', ""))
    assert file.authority.fiscal_year_start is None
    assert file.classes == ()
    assert load(dump(file)) == file
    assert load(HEAD.replace('["Clerk of the House", "Archivist"]', "[]"))


BAD = """\
# A comment with [brackets] and "quotes"
[authority]
title = "Records Authority"
zone = "Europe/Pariss"
approved_by = ["Clerk", "Clerk"]
version = 3.0
effective_form = 2026-01-01

[[class]]
code = "BUS"
title = "Business"
parent = "PQ"
scope = \"\"\"
[[class]]
code = "not \\"a\\" key" \"\"\"
[[class]]
code = "PQ"
title = "Questions"
parent = "BUS"
schedule = "PQ-1O"
[[class]]
code = "PQ"
"title" = ' y'

[[schedule]]
code = "PQ-10"
title = "Questions"
citation = ["Records Act",
  "", # empty
]
  [[schedule.stage]]
  trigger = [
    "event:answered",
    "closd", "opend"]
  combine = "al"
  period = "P10"
  rounding = "fiscal"
  action = "destroy"
  cooling_days = -7
  [[schedule.stage]]
  action = "review"
[[schedule]]
code = "B"
title = "b"
stage = [{action = "permanent"},
  {action = "review", period = "p1y"}]
"""


def test_a_bad_file_is_refused_whole_with_every_error_and_its_line():
    starts = [
        (2, "authority has no effective_from"),
        (4, "zone is 'Europe/Pariss'"),
        (5, "approved_by has 'Clerk' twice"),
        (6, "version is 3.0"),
        (7, "authority has no key 'effective_form'; the nearest is effective_from"),
        (12, "class BUS is its own parent: BUS > PQ > BUS"),
        (19, "class PQ is its own parent: BUS > PQ > BUS"),
        (20, "schedule PQ-1O is not in the file; the nearest is PQ-10"),
        (22, "class PQ stands on line 16 already"),
        (23, "title is ' y'"),
        (29, "citation is ''"),
        (34, "trigger is 'closd'"),
        (34, "trigger is 'opend'"),
        (35, "combine is 'al'"),
        (36, "period is 'P10'"),
        (37, "rounding is fiscal, but authority has no fiscal_year_start"),
        (39, "cooling_days is -7"),
        (40, "schedule.stage has no period"),
        (40, "stage 1 never begins: the one before it ends with destroy"),
        (46, "period is 'p1y'"),
        (46, "stage 1 never begins: the one before it ends with permanent"),
    ]
    errors = errors_of(BAD)
    assert len(errors) == len(starts)
    for (line, text), (wanted_line, wanted) in zip(errors, starts, strict=True):
        assert line == wanted_line
        assert text.startswith(wanted)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("a = ", 1),
        ("[authority]\nx = 1\nx = 2\n", 3),
        ("[authority]\n\nx = [1,\n", 3),
        ("[[class]]\nd = 2026-02-30\n", 2),
        ('[authority]\ntitle = "a\nb"\n', 2),
        ("\0", 1),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(source, line):
    ((found, text),) = errors_of(source)
    assert found == line
    assert text.startswith("it is no TOML: ")
    assert "(at" not in text


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        (f"a = 1\nb = {'9' * 5000}", 2, "4000 digits"),
        ("a = 1\n\nb = '\ud800'", 3, "half a character"),
        ("a = " + "[" * 100_000, 1, "nested"),
        ("\n" + ".".join("a" * 10_000) + " = 1", 2, "full stops"),
    ],
)
def test_hostile_files_are_refused(source, line, words):
    ((found, text),) = errors_of(source)
    assert found == line
    assert words in text


def test_a_file_without_measure_is_refused(monkeypatch):
    monkeypatch.setattr(loader, "MAX_SOURCE", 10)
    assert lines_with(FILE, "longer than 10") == [1]


@pytest.mark.parametrize("missing", ["title", "zone", "version", "effective_from"])
def test_the_authority_must_be_complete(missing):
    kept = [line for line in HEAD.splitlines() if not line.startswith(missing)]
    assert lines_with("\n".join(["", *kept]), f"authority has no {missing}") == [2]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("title", bad) for bad in ('""', "5", '" x"', r'"a\nb"', "[]")),
        *(("zone", bad) for bad in ('""', '"+01:00"', '"localtime"', "5")),
        *(("version", bad) for bad in ("0", "-1", "true", '"3"', "nan", "2147483648")),
        *(
            ("effective_from", bad)
            for bad in ('"2026-01-01"', "2026-01-01T00:00:00", "2026", "00:00:00")
        ),
        *(("fiscal_year_start", bad) for bad in ('"02-29"', '"4-1"', "04-01T", "4")),
        *(("approved_by", bad) for bad in ("5", '["Clerk", 5]', '[""]', "[[]]")),
    ],
)
def test_a_bad_value_of_the_authority_is_told_with_its_line(key, value):
    lines = HEAD.splitlines()
    (number,) = [n for n, line in enumerate(lines) if line.startswith(key)]
    lines[number] = f"{key} = {value}"
    assert [line for line, _ in errors_of("\n".join(lines))] == [number + 1]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('code = "BUS.PQ"', "code = 5", "code is 5"),
        ('code = "BUS.PQ"\n', "", "class has no code"),
        ('title = "Parliamentary questions"\n', "", "class has no title"),
        ('parent = "BUS"', 'parent = "BUX"', "parent BUX is not in the file"),
        ('parent = "BUS"', 'parent = "zzz"', "parent zzz is not in the file"),
        ('parent = "BUS"', 'parent = "BUS.PQ"', "is its own parent"),
        ('schedule = "PQ-10"', "schedule = []", "schedule is a list"),
        ('scope = "Written', 'scope = " " # "Written', "scope is ' '"),
        ('title = "Questions, closed files"\n', "", "schedule has no title"),
        ('code = "PQ-10"\n', "", "schedule has no code"),
        ('trigger = ["event:answered", "closed"]\n', "", "stage has no trigger"),
        ('["event:answered", "closed"]', "[]", "trigger is an empty list"),
        ('["event:answered", "closed"]', "{}", "trigger is an object"),
        ('"event:answered", "closed"', '"closed", "closed"', "'closed' twice"),
        ('"event:answered"', '"event: answered"', "the name in trigger event"),
        ('"event:answered"', '"fixed:2020-02-30"', "2020-02-30"),
        ('period = "P10Y"\n', "", "stage has no period"),
        ('"P10Y"', '"P9999Y"', "shorter than the calendar"),
        ('"P10Y"', "10", "period is 10"),
        ('rounding = "year"', 'rounding = "decade"', "rounding is 'decade'"),
        ('action = "review"', 'action = "shred"', "action is 'shred'"),
        ('action = "review"\n', "", "stage has no action"),
        ("cooling_days = 7", "cooling_days = 7.5", "cooling_days is 7.5"),
        ("cooling_days = 7", "cooling_days = 36501", "at most 36500 days"),
        ("cooling_days = 7", "cooling = 7", "no key 'cooling'"),
        ("[[class]]", "[[clas]]", "the file has no key 'clas'"),
        ("[[class]]\n", "[[class]]\n'' = 1\n", "no key ''; it may have code, title"),
        ('code = "BUS.PQ"', f'code = "{"A" * 501}"', "at most 500 characters"),
        (
            'scope = "Written',
            f'scope = """{(99 * "." + chr(10)) * 3}""" # "',
            "fewer than",
        ),
    ],
)
def test_a_bad_entry_is_told(old, new, words):
    assert old in FILE
    assert lines_with(FILE.replace(old, new), words)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("authority = 5", "authority is 5; it must be a table"),
        ("class = 5", "write [[class]]"),
        ("class = [5]", "class is 5; it must be a table"),
        ("[class]", "write [[class]]"),
        ("[[schedule]]\nstage = 5", "write [[schedule.stage]]"),
        ("[[schedule]]", "schedule has no stage"),
    ],
)
def test_values_in_the_place_of_tables_are_told(source, words):
    assert lines_with(source, words)


CLOSURE = """
[[closure]]
code = "C-30"
title = "Thirty years"
citation = "Rule VII"
trigger = ["event:reported", "closed"]
combine = "any"
period = "P30Y"
rounding = "fiscal"
"""


def test_a_closure_rule_is_read():
    file = load(FILE.replace('scope = "W', 'closure = "C-30"\nscope = "W') + CLOSURE)
    (rule,) = file.closures
    assert file.classes[1].closure == rule.code == "C-30"
    assert [str(trigger) for trigger in rule.triggers] == ["event:reported", "closed"]
    assert (rule.period, rule.rounding) == (Period(years=30), Rounding.FISCAL)
    assert (rule.combine, rule.citation) == (Combine.ANY, ("Rule VII",))


def test_what_a_file_says_of_classes_and_versions_is_read():
    head = 'version = 3\nsupersedes = 2\nreach = "open"'
    source = FILE.replace("version = 3", head).replace(
        'scope = "W',
        'valid_from = 2020-01-01\nvalid_to = 2020-01-01\nvital_review = "P1Y"\n'
        'owner = "house"\nscope = "W',
    )
    source = source.replace("citation =", 'supersedes = ["PQ-9"]\ncitation =')
    file = load(source)
    assert (file.authority.supersedes, file.authority.reach) == (2, Reach.OPEN)
    entry = file.classes[1]
    assert entry.valid_from == entry.valid_to == date(2020, 1, 1)
    assert (entry.owner, entry.vital_review) == (Owner.HOUSE, Period(years=1))
    assert file.schedules[0].supersedes == ("PQ-9",)


def test_without_a_word_a_class_is_of_the_house_and_a_version_for_all():
    file = load(FILE)
    assert file.authority.supersedes is None
    assert file.authority.reach is Reach.ALL
    assert file.classes[1].owner is Owner.HOUSE
    assert file.classes[1].vital_review is None
    assert file.closures == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("version = 3", "version = 3\nsupersedes = 3", 7, "an earlier version than 3"),
        ("version = 3", "version = 3\nsupersedes = 4", 7, "an earlier version than 3"),
        ("version = 3", "version = 3\nsupersedes = 0", 7, "supersedes is 0"),
        ("version = 3", "version = 3\nreach = 'some'", 7, "one of all, open, new"),
        ("version = 3", "version = 3\nreech = 'all'", 7, "the nearest is reach"),
        ("scope =", "owner = 'members'\nscope =", 18, "one of house, member"),
        ("scope =", "owner = 'member'\nscope =", 17, "may carry none"),
        ("scope =", "valid_from = '2020'\nscope =", 18, "valid_from is '2020'"),
        ("scope =", "vital_review = 'P0D'\nscope =", 18, "longer than no time"),
        ("scope =", "vital_review = 'P'\nscope =", 18, "vital_review is 'P'"),
        ("scope =", "closure = 'C-31'\nscope =", 18, "C-31 is not in the file; the n"),
        (
            "scope =",
            "valid_from = 2020-01-02\nvalid_to = 2020-01-01\nscope =",
            19,
            "valid_to is 2020-01-01, before valid_from, 2020-01-02",
        ),
        ("citation = [", "supersedes = ['']\ncitation = [", 23, "supersedes is ''"),
        ("citation = [", "supersedes = 'PQ-10'\ncitation = [", 23, "PQ-10 > PQ-10"),
        ('trigger = ["event:reported", "closed"]\n', "", 37, "closure has no trigger"),
        ('period = "P30Y"\n', "", 37, "closure has no period"),
        ('period = "P30Y"', 'period = "never"', 43, "period is 'never'"),
        ('code = "C-30"\n', "", 37, "closure has no code"),
        ('"Thirty years"', '""', 39, "title is ''"),
        ('"C-30"\n', '"C-30"\naction = "destroy"\n', 39, "no key 'action'"),
        ('fiscal_year_start = "04-01"\n', "", 43, "no fiscal_year_start"),
    ],
)
def test_a_bad_word_of_classes_closures_and_versions_is_told(old, new, line, words):
    source = FILE + CLOSURE
    assert old in source
    assert line in lines_with(source.replace(old, new), words)


def test_a_closure_stands_once():
    assert lines_with(FILE + CLOSURE * 2, "closure C-30 stands on line 37") == [47]


def _superseding(**older):
    source = HEAD
    for code, codes in older.items():
        source += f'[[schedule]]\ncode = "{code}"\ntitle = "t"\nsupersedes = {codes}\n'
        source += '[[schedule.stage]]\naction = "permanent"\n'
    return source


def test_a_loop_of_supersession_is_told_where_it_closes():
    source = _superseding(A=["B", "X"], B=["C", "D"], C=["A", "D", "C"], D=["E"], E=[])
    assert errors_of(source) == [
        (23, "schedule C supersedes itself: A > B > C > A"),
        (23, "schedule C supersedes itself: C > C"),
    ]


def test_supersession_without_a_loop_is_taken_however_it_is_ordered():
    file = load(_superseding(D=["B", "C"], B=["A"], C=["A"], A=["OLD"]))
    assert file.schedules[0].supersedes == ("B", "C")


def test_long_loops_are_told_quickly_and_shortly():
    count = 5000
    older = {f"S{n}": [f"S{(n + 1) % count}"] for n in range(count)}
    ((_, text),) = errors_of(_superseding(**older))
    assert text.startswith("schedule S4999 supersedes itself: S0 > S1 > ")
    assert text.endswith(
        "S4 > (4990 more) > S4995 > S4996 > S4997 > S4998 > S4999 > S0"
    )
    source = HEAD
    for number in range(count):
        source += f'[[class]]\ncode = "c{number}"\ntitle = "t"\n'
        source += f'parent = "c{(number + 1) % count}"\n'
    assert len(lines_with(source, "(4990 more)")) == count


def test_members_papers_stay_apart_from_the_classes_of_the_house():
    source = FILE.replace(
        'title = "Business of the House"', 'title = "x"\nowner = "member"'
    )
    assert lines_with(
        source, "a class of the House stands below Members' papers, BUS"
    ) == [17]
    below = '[[class]]\ncode = "MEM"\ntitle = "m"\nparent = "BUS"\nowner = "member"\n'
    file = load(FILE.replace("[[schedule]]", f"{below}\n[[schedule]]"))
    assert file.classes[2].owner is Owner.MEMBER


def test_a_longer_cycle_is_told_at_each_of_its_classes_and_nowhere_else():
    entries = [("A", "B"), ("B", "C"), ("C", "A"), ("D", "A"), ("E", None)]
    source = HEAD
    for code, parent in entries:
        source += f'[[class]]\ncode = "{code}"\ntitle = "{code}"\n'
        source += f'parent = "{parent}"\n' if parent else ""
    assert lines_with(source, "A > B > C > A") == [11, 15, 19]
    assert len(errors_of(source)) == 3


def test_many_wrong_references_are_all_told_and_quickly():
    source = HEAD
    for number in range(2000):
        source += f'[[class]]\ncode = "c{number}"\ntitle = "t"\nparent = "cc{number}"\n'
    assert len(lines_with(source, "is not in the file")) == 2000
    assert len(lines_with(source, "the nearest is c")) == 50


# Round trip


@given(files())
def test_any_file_reads_back_as_it_was_written(file):
    assert load(dump(file)) == file


@given(st.text())
def test_any_text_is_read_or_refused(text):
    with pytest.raises(ScheduleError):
        load(text)


@given(st.data())
def test_a_good_file_with_a_piece_cut_out_is_read_or_refused(data):
    start = data.draw(st.integers(0, len(FILE)))
    end = data.draw(st.integers(start, min(len(FILE), start + 30)))
    try:
        load(FILE[:start] + FILE[end:])
    except ScheduleError as error:
        last = FILE.count("\n") + 1
        assert all(1 <= line <= last for line, _ in error.errors)  # noqa: PT017
