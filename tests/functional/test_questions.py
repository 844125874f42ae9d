"""Questions, answers and the links between them from the command line."""

import csv
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Cli

Write = Callable[[str, str], str]
HEAD = "kind,identifier,reference,date,language,title,subtitle,type,author,addressee\n"
ROWS = HEAD + (
    "question,E-9-2022-000123,E-000123/2022,2022-01-02,en,Rivers,,QUEST,A. Member,COM\n"
    "question,E-9-2022-000123,E-000123/2022,2022-01-02,fr,Rivières,,QUEST,A. Member,\n"
    "question,E-9-2022-000124,E-000124/2022,2022-01-03,en,Lakes,,QUEST,B. Member,COM\n"
    "question,E-9-2022-000125,E-000125/2022,2022-01-04,en,Seas,,QUEST,B. Member,COM\n"
    "answer,E-9-2022-000123-ASW,,2022-02-15,en,"
    '"Answer for questions E-000123/22, E-000124/22",,ANSWER,,COM\n'
)


def suggestions(cli: Cli, *more: str) -> list[dict[str, Any]]:
    """Return what is suggested."""
    found: list[dict[str, Any]] = cli.ok("link", "suggest", *more, "--json").json[
        "suggestions"
    ]
    return found


@pytest.fixture(scope="module")
def table(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a table of questions that has been imported."""
    path = tmp_path_factory.mktemp("questions") / "questions.csv"
    path.write_text(ROWS, encoding="utf-8")
    called = cli.ok("question", "import", str(path), "--json").json
    assert called == {
        "summary": {"added": 4, "updated": 0, "failed": 0},
        "errors": [],
    }
    return str(path)


def test_import_again_finds_nothing_to_do(cli: Cli, table: str, write: Write) -> None:
    assert cli("question", "import", table).code == 7
    rows = [dict(row) for row in csv.DictReader(ROWS.splitlines())]
    assert cli("question", "import", write("q.json", json.dumps(rows))).code == 7


def test_import_makes_one_record_of_language_versions(cli: Cli, table: str) -> None:
    assert table
    found = cli.ok("search", '"E-000123/2022" type:question', "--json").json
    assert found["total"] == 1
    shown = cli.ok("show", found["hits"][0]["id"], "--json").json
    assert shown["titles"] == {"en": "Rivers", "fr": "Rivières"}
    assert (shown["date"], shown["type"]) == ("2022-01-02", "question")
    assert cli.ok("link", "list", "--json").json == {"links": []}
    register = cli.ok("question", "list", "--unanswered", "--json").json["questions"]
    assert len(register) == 3


def test_what_a_person_entered_is_kept(cli: Cli, table: str) -> None:
    hit = cli.ok("search", "E-000125/2022 type:question", "--json").json["hits"][0]
    shown = cli.ok("show", hit["id"], "--json").json
    revision = str(shown["revision"])
    cli.ok("edit", hit["id"], "title@en=The high seas", "--if-match", revision)
    cli("question", "import", table)
    assert cli.ok("show", hit["id"], "--json").json["title"] == "The high seas"


def test_bad_rows_are_reported_and_the_rest_goes_on(cli: Cli, write: Write) -> None:
    text = HEAD + (
        "question,,E-1/2022,,en,No number,,,,\n"
        "poem,E-9-2022-000901,,,en,No kind,,,,\n"
        "question,E-9-2022-000902,,2022-02-30,en,No day,,,,\n"
        '"question",E-9-2022-000903,,2022-02-03,en,"Two\nlines",,,,\n'
    )
    called = cli("question", "import", write("bad.csv", text), "--json")
    assert called.code == 5
    assert called.json["summary"] == {"added": 1, "updated": 0, "failed": 3}
    assert [e["line"] for e in called.json["errors"]] == [2, 3, 4]
    assert (
        cli("question", "import", write("n.csv", HEAD + "poem,x,,,,,,,,\n")).code == 1
    )


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("a.json", "5", 2),
        ("b.json", "{", 2),
        ("c.json", '{"kind": 1}', 2),
        ("d.txt", "x", 2),
        ("e.csv", "", 7),
    ],
)
def test_file_that_is_no_list_is_refused(
    cli: Cli, write: Write, name: str, text: str, code: int
) -> None:
    called = cli("question", "import", write(name, text))
    assert called.code == code, called


def test_missing_list_is_not_found(cli: Cli) -> None:
    assert cli("question", "import", "no-such.csv").code == 3


def test_suggestions_carry_their_evidence_and_write_nothing(
    cli: Cli, table: str
) -> None:
    assert table
    before = cli.ok("link", "list", "--json").out
    found = suggestions(cli)
    assert found == suggestions(cli)
    assert cli.ok("link", "list", "--json").out == before
    answers = [s for s in found if s["type"] == "answers"]
    assert len(answers) == 2
    for s in answers:
        names = "id type source target certainty score evidence".split()
        assert list(s) == names
        assert s["source"]["identifiers"][0]["value"] == "E-9-2022-000123-ASW"
        assert set(s["evidence"][0]) == {"rule", "text", "page"}
        assert s["certainty"] == "certain"
    only = suggestions(cli, answers[0]["target"]["id"])
    assert answers[0]["id"] in [s["id"] for s in only]
    assert answers[1]["id"] not in [s["id"] for s in only]


def test_decisions_are_remembered(cli: Cli, table: str) -> None:
    assert table
    good, wrong = (s for s in suggestions(cli) if s["type"] == "answers")
    accepted = cli.ok("link", "accept", good["id"], "--json").json
    assert accepted == {"accepted": [good["id"]]}
    assert cli("link", "accept", good["id"]).code == 7
    cli.ok("link", "reject", wrong["id"])
    assert cli("link", "reject", wrong["id"]).code == 7
    assert cli("link", "reject", "nothing").code == 3
    assert cli("link", "accept", "nothing").code == 3
    assert cli("link", "accept").code == 2
    assert not [s for s in suggestions(cli) if s["type"] == "answers"]
    links = cli.ok("link", "list", "--json").json["links"]
    assert [x["id"] for x in links] == [good["id"]]
    assert list(links[0]) == list(good)
    shown = cli.ok("question", "show", good["target"]["id"], "--json").json
    assert shown["links"][0]["type"] == "answers"
    open_ones = cli.ok("question", "list", "--unanswered", "--json").json["questions"]
    assert good["target"]["id"] not in [q["id"] for q in open_ones]
    cli.ok("link", "reject", good["id"])
    assert cli.ok("link", "list", "--json").json == {"links": []}


def test_link_that_a_person_knows_of(cli: Cli, write: Write) -> None:
    one, two = cli.ingest(write("l1.txt", "first end"), write("l2.txt", "other end"))
    add = ("link", "add", "relatesTo", one["id"], two["id"], "--reason", "same inquiry")
    made = cli.ok(*add).out.strip()
    assert made in cli.ok("link", "list").out
    assert cli(*add).code == 6
    bad = ("link", "add", "marries", one["id"], two["id"], "--reason", "r")
    assert cli(*bad).code == 2
    same = ("link", "add", "relatesTo", one["id"], one["id"], "--reason", "r")
    assert cli(*same).code == 2
    gone = ("link", "add", "relatesTo", one["id"], "nothing", "--reason", "r")
    assert cli(*gone).code == 3


def test_reader_is_not_asked_about_links(cli: Cli) -> None:
    cli.ok("user", "add", "ria", "--role", "reader")
    for command in (("link", "suggest"), ("question", "list"), ("link", "accept", "x")):
        assert cli("--as", "ria", *command).code == 4


def _import_table(ground_truth: Path, target: Path) -> None:
    titles = csv.DictReader(
        (ground_truth / "ep-documents-multilingual-titles.csv").open(encoding="utf-8")
    )
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEAD.strip().split(","))
        for row in titles:
            kind = "answer" if row["type"].startswith("ANSWER") else "question"
            writer.writerow(
                [
                    kind,
                    row["id"],
                    "",
                    row["date"],
                    row["language"],
                    row["title"],
                    row["alternative_title"],
                    row["type"],
                    row["author_person_ids"],
                    row["addressee_or_author_body"],
                ]
            )


@pytest.mark.real
@pytest.mark.slow
def test_answers_find_their_questions(
    make_store: Callable[..., Cli], ground_truth: Path, tmp_path: Path
) -> None:
    cli = make_store()
    table = tmp_path / "ep.csv"
    _import_table(ground_truth, table)
    cli.ok("question", "import", str(table), "--json")
    started = time.monotonic()
    found = suggestions(cli)
    seconds = time.monotonic() - started

    def number(end: dict[str, Any]) -> str:
        return next(
            i["value"]
            for i in end["identifiers"]
            if i["value"].startswith(("E-9", "P-9"))
        )

    said = {
        (number(s["target"]), number(s["source"]))
        for s in found
        if s["type"] == "answers" and s["certainty"] in {"certain", "probable"}
    }
    path = ground_truth / "ep-question-answer-links.csv"
    true = {
        (row["question_id"], row["answer_id"])
        for row in csv.DictReader(path.open(encoding="utf-8"))
    }
    recall, precision = len(said & true) / len(true), len(said & true) / len(said)
    print(f"\nanswers: recall {recall:.3f}, precision {precision:.3f}, {seconds:.1f} s")
    print("missed:", sorted(true - said)[:5], "wrong:", sorted(said - true)[:5])
    assert recall >= 0.9
    assert precision >= 0.9
