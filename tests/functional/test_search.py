"""`search`, `show`, `text` and `edit` as INTERFACE 7.5, 7.11 and 7.12 word them."""

import csv
import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Cli

PAPERS = {
    "water.txt": "Report on drinking water\n\nÁgua potável e saneamento básico.\n",
    "arabic.txt": "تقرير عن مياه الشرب\n\nإنّ المِيَاهَ حقٌّ للمواطنين.\n",
    "french.txt": "Rapport sur l’énergie\n\nLa transition énergétique coûte cher.\n",
    "many.txt": "Minutes of the committee\n"
    + "\f".join(
        f"Page {n} speaks of item{n} and of {'albatross' if n == 3 else 'gulls'}."
        for n in range(1, 6)
    ),
}
SIDECAR = """file,title,date,type,identifier,jurisdiction,language
water.txt,Drinking water report,2020-07-15,report,Lei 14.026/2020,br,pt
french.txt,Énergie,2019-03-01,report,,fr,fr
arabic.txt,تقرير المياه,2021-01-10,report,,,ar
many.txt,Minutes,2018-05-05,minutes,"Act, No. 24 of 1999",lk,en
"""


@pytest.fixture(scope="module")
def ids(cli: Cli, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return name to id of the papers taken in."""
    folder = tmp_path_factory.mktemp("papers")
    for name, text in PAPERS.items():
        (folder / name).write_text(text, encoding="utf-8")
    for number in range(12):
        (folder / f"filler{number:02}.txt").write_text(f"filler paper {number}")
    table = folder.parent / f"{folder.name}.csv"
    table.write_text(SIDECAR, encoding="utf-8")
    lines = cli.ingest(str(folder), "--recursive", "--metadata", str(table))
    return {line["path"].rpartition("/")[2]: line["id"] for line in lines}


def found(cli: Cli, query: str, *options: str) -> list[str]:
    """Return the ids that a query finds."""
    answer = cli.ok("search", query, "--json", "--limit", "50", *options).json
    return [hit["id"] for hit in answer["hits"]]


def test_answer_has_the_names_of_the_interface(cli: Cli, ids: dict[str, str]) -> None:
    answer = cli.ok("search", "drinking", "--json", "--facet", "type").json
    names = "query total total_is_exact hits facets did_you_mean next".split()
    assert set(names) <= set(answer)
    hit = answer["hits"][0]
    keys = "id title type date language identifiers score snippets url".split()
    assert set(keys) <= set(hit)
    assert hit["id"] == ids["water.txt"]
    assert answer["facets"]["type"] == [{"value": "report", "count": 1}]
    assert hit["snippets"][0]["page"] == 1


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("agua potavel", "water.txt"),
        ("ÁGUA", "water.txt"),
        ("مياه", "arabic.txt"),
        ("energie", "french.txt"),
        ("title:énergie", "french.txt"),
        ("type:minutes", "many.txt"),
        ("date:2018", "many.txt"),
        ("date:2018-05..2018-06", "many.txt"),
        ("date:2018-05-05..2018-05-05", "many.txt"),
        ("language:ar", "arabic.txt"),
        ('"Act, No. 24 of 1999"', "many.txt"),
        ("Act, No. 24 of 1999", "many.txt"),
        ("Act No. 24/1999", "many.txt"),
        ("Lei 14.026/2020", "water.txt"),
        ('"Lei 14.026/2020"', "water.txt"),
        ("lei nº 14.026, de 2020", "water.txt"),
        ('identifier:"Lei 14.026/2020"', "water.txt"),
        ("drinking NOT gulls", "water.txt"),
        ("drinking and agua", "water.txt"),
    ],
)
def test_query_finds_its_paper(
    cli: Cli, ids: dict[str, str], query: str, name: str
) -> None:
    assert found(cli, query) == [ids[name]]


def test_or_in_any_case(cli: Cli, ids: dict[str, str]) -> None:
    expected = {ids["many.txt"], ids["french.txt"]}
    assert set(found(cli, "albatross or transition")) == expected


def test_snippet_names_the_page_of_the_match(cli: Cli, ids: dict[str, str]) -> None:
    hit = cli.ok("search", "albatross", "--json").json["hits"][0]
    pages = cli.ok("text", ids["many.txt"]).out.split("\f")
    expected = next(n for n, page in enumerate(pages, 1) if "albatross" in page)
    assert [s["page"] for s in hit["snippets"]] == [expected]
    page = cli.ok("text", ids["many.txt"], "--page", str(expected)).out
    assert "albatross" in page


def test_cursor_walks_every_hit_once(cli: Cli, ids: dict[str, str]) -> None:
    seen: list[str] = []
    cursor = None
    while True:
        more = ["--cursor", cursor] if cursor else []
        answer = cli.ok("search", "filler", "--json", "--limit", "5", *more).json
        seen += [hit["id"] for hit in answer["hits"]]
        assert answer["total"] == 12
        cursor = answer["next"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 12
    assert ids


def test_sort_by_date(cli: Cli, ids: dict[str, str]) -> None:
    names = ["many.txt", "french.txt", "water.txt", "arabic.txt"]
    dated = found(cli, "date:2018..2021", "--sort", "date")
    newest = found(cli, "date:2018..2021", "--sort", "-date")
    assert [ids[n] for n in names] in (dated, newest)
    assert dated == newest[::-1]


def test_unknown_sort_facet_limit_and_cursor_are_usage(cli: Cli) -> None:
    for option in (
        ("--sort", "colour"),
        ("--facet", "colour"),
        ("--limit", "many"),
        ("--limit", "-1"),
        ("--cursor", "not-a-cursor"),
    ):
        called = cli("search", "filler", *option)
        assert (called.code, called.out) == (2, ""), (option, called)


@pytest.mark.parametrize(
    ("query", "column"),
    [
        ("water AND (", 11),
        ('"never closed', 1),
        ("colour:red", 1),
        ("date:2020-13", 6),
        ("a*", 1),
        (" OR ".join(f"w{n}" for n in range(300)), None),
        ("x" * 5000, None),
    ],
)
def test_bad_query_names_the_column(cli: Cli, query: str, column: int | None) -> None:
    started = time.monotonic()
    called = cli("search", query, "--json")
    assert time.monotonic() - started < 5
    assert called.code == 2
    error = called.json["error"]
    assert called.err.rstrip().endswith(f"(column {error['column']})")
    if column is not None:
        assert error["column"] == column
    plain = cli("search", query)
    assert (plain.code, plain.out) == (2, "")


def test_nothing_found_is_no_failure(cli: Cli) -> None:
    answer = cli.ok("search", "qqqqzzzz", "--json").json
    assert (answer["total"], answer["hits"]) == (0, [])


def test_query_that_is_no_text_is_refused(cli: Cli) -> None:
    assert cli("search", "caf\udce9").code in {0, 2}


def test_other_forms(cli: Cli, ids: dict[str, str]) -> None:
    only = cli.ok("search", "albatross", "--format", "ids").out
    assert only == ids["many.txt"] + "\n"
    rows = list(
        csv.DictReader(io.StringIO(cli.ok("search", "filler", "--format", "csv").out))
    )
    assert len(rows) == 10
    assert len(cli.ok("search", "filler", "--jsonl").lines) == 10
    ris = cli.ok("search", "albatross", "--format", "ris").out
    assert "TY  - " in ris
    assert "M1  - Act, No. 24 of 1999" in ris
    bibtex = cli.ok("search", "filler", "--format", "bibtex").out
    assert bibtex.count("@misc{") == 10
    assert cli("search", "filler", "--format", "marc").code == 2
    table = cli.ok("search", "albatross", "--format", "table").out
    assert ids["many.txt"] in table


def test_a_title_is_no_formula_in_a_spreadsheet(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text("a pangolin paper", encoding="utf-8")
    title = '=HYPERLINK("http://evil.example","Report")'
    table = tmp_path.parent / "bad.csv"
    with table.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["file", "title"], ["bad.txt", title]])
    cli.ingest(str(tmp_path), "--recursive", "--metadata", str(table))
    told = cli.ok("search", "pangolin", "--format", "csv").out
    (row,) = csv.DictReader(io.StringIO(told))
    assert row["title"] == f"'{title}"


def test_show_has_the_names_of_the_interface(cli: Cli, ids: dict[str, str]) -> None:
    shown = cli.ok("show", ids["water.txt"], "--json").json
    names = (
        "id type title titles date language identifiers components class obligation "
        "holds links citations events revision provenance"
    )
    assert set(names.split()) <= set(shown)
    assert shown["titles"] == {"pt": "Drinking water report"}
    assert set(shown["identifiers"][0]) == {"scheme", "value", "normalised"}
    parts = {"name", "sha256", "bytes", "mime", "puid"}
    assert parts <= set(shown["components"][0])
    assert {"type", "at", "agent", "outcome"} <= set(shown["events"][0])


def test_unknown_record_is_not_found(cli: Cli) -> None:
    for command in (
        ("show", "nothing"),
        ("text", "nothing"),
        ("edit", "nothing", "title=x", "--if-match", "1"),
        ("question", "show", "nothing"),
        ("retention", "explain", "nothing"),
        ("link", "suggest", "nothing"),
        ("jobs", "show", "nothing"),
        ("hold", "place", "--title", "t", "--mandate", "m", "--id", "nothing"),
    ):
        called = cli(*command)
        assert (called.code, called.out) == (3, ""), (command, called)


def test_page_that_is_not_there(cli: Cli, ids: dict[str, str]) -> None:
    called = cli("text", ids["water.txt"], "--page", "99")
    assert (called.code, called.out) == (3, "")


def test_edit_changes_and_keeps_who_said_it(cli: Cli, ids: dict[str, str]) -> None:
    record = ids["filler00.txt"]
    before = cli.ok("show", record, "--json").json
    revision = str(before["revision"])
    edited = cli.ok(
        "edit", record, "title=Zanzibar", "date=2024-02-29", "--if-match", revision
    )
    assert edited.err == ""
    after = cli.ok("show", record, "--json").json
    assert (after["title"], after["date"]) == ("Zanzibar", "2024-02-29")
    assert after["revision"] > before["revision"]
    assert after["provenance"]["title"]["how"] == "entered"
    assert after["components"] == before["components"]
    assert found(cli, "title:zanzibar") == [record]
    stale = cli("edit", record, "title=Late", "--if-match", revision)
    assert stale.code == 6
    assert cli.ok("show", record, "--json").json == after
    same = cli("edit", record, "title=Zanzibar", "--if-match", str(after["revision"]))
    assert same.code == 7


@pytest.mark.parametrize(
    "value",
    [
        "date=2024-02-30",
        "date=20240229",
        "date.tabled=soon",
        "colour=red",
        "access=secret",
        "title=\udcff",
        "title=a\x00b",
        "no-equals-sign",
    ],
)
def test_value_that_cannot_be_kept_changes_nothing(
    cli: Cli, ids: dict[str, str], value: str
) -> None:
    record = ids["filler01.txt"]
    before = cli.ok("show", record, "--json").json
    called = cli("edit", record, value, "--if-match", str(before["revision"]))
    assert (called.code, called.out) == (2, ""), called
    assert cli.ok("show", record, "--json").json == before


def test_edit_needs_the_revision(cli: Cli, ids: dict[str, str]) -> None:
    assert cli("edit", ids["water.txt"], "title=x").code == 2


def test_reader_cannot_edit(cli: Cli, ids: dict[str, str]) -> None:
    cli.ok("user", "add", "rudi", "--role", "reader")
    called = cli("--as", "rudi", "edit", ids["water.txt"], "title=x", "--if-match", "1")
    assert called.code == 4
    assert "rudi" in called.err


def test_closed_record_is_not_known_to_a_reader(
    cli: Cli, write: Callable[[str, str], str]
) -> None:
    line = cli.ingest(write("closed.txt", "xylophones only"), "--access", "closed")[0]
    cli.ok("user", "add", "rosa", "--role", "reader")
    assert cli("--as", "rosa", "show", line["id"]).code == 3
    answer = cli.ok("--as", "rosa", "search", "xylophones", "--json").json
    assert answer["total"] == 0
    assert found(cli, "xylophones") == [line["id"]]
