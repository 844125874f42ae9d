"""The questions of real South African question papers against those stated.

The layout was written by the paper of 2009 (Assembly). At first sight it found 186 of
its 190 questions, and 69 of 73 in those of 2013 (one of the Assembly, two of the
Council); notes of transfer between ministers, missed in both, were then added.
"""

import csv
import re
from collections import defaultdict

import pytest

from ingest.folding import letters
from ingest.questionpapers import questions_in

pytestmark = pytest.mark.real

TUNED = "za/184530_1.pdf"


@pytest.fixture(scope="module")
def stated(ground_truth):
    found = defaultdict(dict)
    path = ground_truth / "za-questions.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["question_paper_file"]][row["identifier"]] = row
    return found


@pytest.fixture(scope="module")
def listed(described):
    return {
        row["file"]: questions_in(
            extraction.pages,
            found.jurisdiction,
            kind=found.type,
            date=found.date,
            chamber=found.chamber,
            session=found.session,
        )
        for row, extraction, found, _ in described
        if row["jurisdiction"] == "South Africa"
    }


def fields_of(question, row):
    """Yield each field with what was read and what is stated."""
    yield "number", question.number, row["written_number"] or row["oral_number"]
    yield "asker", letters(question.asker or ""), letters(row["asked_by"])
    yield "addressee", letters(question.addressee or ""), letters(row["asked_to"])
    yield "date", question.date, row["date"]
    yield "kind", question.kind, "written" if row["written_number"] else "oral"
    # Some stated texts hold the remains of bold print: "<b>†</b>(1)".
    text = re.sub(r"</?b>", "", row["question_text"])
    yield "text", letters(question.text), letters(text)


def test_questions_agree_with_the_stated_ones(stated, listed):
    everywhere = set().union(*stated.values())
    scores = defaultdict(lambda: [0, 0, 0])
    fields = defaultdict(lambda: [0, 0])
    for file, rows in stated.items():
        half = "of 2009" if file == TUNED else "of 2013"
        by_reference = {q.reference: q for q in listed[file]}
        score = scores[half]
        score[0] += len(rows)
        score[1] += len(listed[file])
        score[2] += len(rows.keys() & by_reference.keys())
        for q in listed[file]:
            if q.reference not in everywhere:
                print("   not stated:", file, q.reference, q.number)
        for reference in rows.keys() - by_reference.keys():
            print("   missed:", file, reference)
        for reference in rows.keys() & by_reference.keys():
            for name, mine, theirs in fields_of(
                by_reference[reference], rows[reference]
            ):
                fields[half, name][0] += 1
                fields[half, name][1] += mine == theirs
                if mine != theirs:
                    print("   differs:", reference, name, mine[:60], "|", theirs[:60])
    for half, (wanted, given, right) in scores.items():
        print(f"{half}: recall {right / wanted:.3f}, precision {right / given:.3f}")
        assert right >= 0.95 * wanted
        assert right >= 0.95 * given
    for (half, name), (count, right) in sorted(fields.items()):
        print(f"   {half:9} {name:10} {right} of {count}")
        assert right >= 0.95 * count


def test_every_listed_question_has_an_official_number_and_a_page(stated, listed):
    for file in stated:
        for question in listed[file]:
            assert question.identifier.normalised.startswith("za.question:20")
            assert question.page <= question.last_page <= question.page + 2


def test_papers_that_list_no_questions_give_none(described, listed):
    for row, _, found, _ in described:
        if row["jurisdiction"] == "South Africa" and found.type != "question-paper":
            assert not listed[row["file"]], row["file"]
