"""What a schedule says of the review of records, and of what outlives them."""

import pytest

from retention.errors import ScheduleError
from retention.fileplan import terms_of
from retention.fileplan_csv import dump_classes, load_classes
from retention.loader import dump, load
from retention.schedule import ClassEntry, Owner, Survivor

FILE = """\
[authority]
title = "Records Authority"
zone = "Europe/Paris"
version = 1
effective_from = 2026-01-01

[[class]]
code = "A"
title = "Business"
schedule = "S"
survives_destruction = ["author", "identifier"]

[[class]]
code = "A.B"
title = "Notes"
parent = "A"

[[class]]
code = "A.B.C"
title = "Notes on persons"
parent = "A.B"
survives_destruction = "nothing"

[[schedule]]
code = "S"
title = "Reviewed, then destroyed"

  [[schedule.stage]]
  trigger = "closed"
  period = "P1Y"
  action = "review"
  review_route = ["LEGAL", "Archive of the House"]

  [[schedule.stage]]
  period = "P1Y"
  action = "destroy"
  keep_stub = false
  review_route = "LEGAL"
"""


def errors_of(source):
    with pytest.raises(ScheduleError) as caught:
        load(source)
    return list(caught.value.errors)


def read(table):
    return load_classes(table, schedules={"S"}, closures=(), maximums=())


def test_a_stage_names_its_units_in_their_order_and_what_its_tombstone_tells():
    first, second = load(FILE).schedules[0].stages
    assert first.review_route == ("LEGAL", "Archive of the House")
    assert first.keep_stub
    assert second.review_route == ("LEGAL",)
    assert not second.keep_stub


def test_a_class_that_names_no_survivor_takes_those_of_the_class_above():
    terms = terms_of(load(FILE).classes)
    kept = (Survivor.AUTHOR, Survivor.IDENTIFIER)
    assert terms["A"].survives_destruction == kept
    assert terms["A.B"].survives_destruction == kept
    assert terms["A.B.C"].survives_destruction == (Survivor.NOTHING,)


def test_members_papers_take_no_survivor_from_the_house():
    entries = [
        ClassEntry(code="A", title="a", survives_destruction=(Survivor.AUTHOR,)),
        ClassEntry(code="M", title="m", parent="A", owner=Owner.MEMBER),
    ]
    assert terms_of(entries)["M"].survives_destruction == ()


def test_the_file_reads_back_as_it_was_written_in_both_forms():
    file = load(FILE)
    text = dump(file)
    assert load(text) == file
    assert 'survives_destruction = ["author", "identifier"]' in text
    assert text.count("keep_stub = false") == 1
    table = dump_classes(file.classes)
    assert ",author identifier" in table
    again = read(table)
    assert again == file.classes


def test_only_a_stage_that_destroys_is_written_with_its_stub():
    text = dump(load(FILE.replace("  keep_stub = false\n", "")))
    assert text.count("keep_stub") == text.count("keep_stub = true") == 1
    assert text.index('action = "destroy"') < text.index("keep_stub")


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('"identifier"]', '"identifer"]', 11, "'identifer'; it must be one of nothing"),
        ('"identifier"]', '"author"]', 11, "has 'author' twice"),
        ('"identifier"]', '"nothing"]', 11, "nothing beside other words"),
        ('["author", "identifier"]', "[]", 11, "survives_destruction is an empty list"),
        ('["author", "identifier"]', "7", 11, "survives_destruction is 7"),
        ('title = "Notes"\n', 'title = "Notes"\nkeep_stub = false\n', 16, "no key"),
        ('schedule = "S"', 'owner = "member"', 11, "is of no use here"),
        ("keep_stub = false", 'keep_stub = "no"', 37, "true or false, without quotes"),
        ("keep_stub = false", "keep_stub = 0", 37, "true or false, without quotes"),
        (
            '"review"',
            '"review"\n  keep_stub = false',
            32,
            "but review destroys nothing",
        ),
        ('"Archive of the House"]', '"LEGAL"]', 32, "has 'LEGAL' twice"),
        ('"Archive of the House"]', '" x"]', 32, "without spaces at its ends"),
        ('"Archive of the House"]', '"a\\nb"]', 32, "a text of one line"),
        ('["LEGAL", "Archive of the House"]', "[]", 32, "is an empty list"),
        ('["LEGAL", "Archive of the House"]', "1", 32, "review_route is 1"),
        (
            '["LEGAL", "Archive of the House"]',
            str([f"U{n}" for n in range(11)]),
            32,
            "11 units, more than 10",
        ),
        ('"destroy"', '"permanent"', 38, "nothing permanent is ever reviewed"),
        ('"destroy"', '"permanent"', 37, "but permanent destroys nothing"),
        ("review_route = [", "review_rote = [", 32, "the nearest is review_route"),
    ],
)
def test_a_bad_word_is_told_with_its_line(old, new, line, words):
    assert old in FILE
    found = errors_of(FILE.replace(old, new, 1))
    assert any(at == line and words in text for at, text in found), found


def test_a_bad_word_of_a_table_is_told_with_its_line():
    source = "code,title,survives_destruction\nA,a,author  number\nB,b,subject\n"
    with pytest.raises(ScheduleError, match="line 2: survives_destruction is 'number'"):
        read(source)


def test_words_of_a_table_stand_with_spaces_between_them():
    source = "code;title;survives_destruction\nA;a; author   subject \n"
    (entry,) = read(source)
    assert entry.survives_destruction == (Survivor.AUTHOR, Survivor.SUBJECT)
