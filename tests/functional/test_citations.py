"""What a record is said to cite, and what that resolves to."""

import json
from collections.abc import Callable
from typing import Any

from .conftest import Cli

Write = Callable[[str, str], str]


def taken(cli: Cli, write: Write, name: str, text: str, **values: str) -> str:
    """Take a paper in with values beside it and return its id."""
    path = write(name, text)
    table = write(f"{name}.json", json.dumps([{"file": path, **values}]))
    return str(cli.ingest(path, "--metadata", table)[0]["id"])


def citations(cli: Cli, record: str) -> dict[str, dict[str, Any]]:
    """Return the citations of a record by their normalised form."""
    shown = cli.ok("show", record, "--json").json
    return {c["normalised"]: c for c in shown["citations"]}


def test_paper_does_not_cite_itself(cli: Cli, write: Write) -> None:
    text = (
        "This Act may be cited as the Water Act, No. 24 of 1999.\n"
        "The Land Act, No. 5 of 1990 is amended, and the Sea Act, No. 7 of 1991.\n"
    )
    old = taken(
        cli,
        write,
        "land.txt",
        "Land",
        identifier="Act, No. 5 of 1990",
        jurisdiction="lk",
        type="act",
    )
    record = taken(
        cli,
        write,
        "water.txt",
        text,
        identifier="Act, No. 24 of 1999",
        jurisdiction="lk",
        type="act",
    )
    found = citations(cli, record)
    assert set(found) == {"lk.act:1990/5", "lk.act:1991/7"}
    hit, miss = found["lk.act:1990/5"], found["lk.act:1991/7"]
    names = "scheme text normalised page start end target status".split()
    assert list(hit) == names
    assert (hit["status"], hit["target"]) == ("resolved", old)
    assert (miss["status"], miss["target"]) == ("wanted", None)
    page = cli.ok("text", record, "--page", str(hit["page"])).out
    assert " ".join(page[hit["start"] : hit["end"]].split()) == hit["text"]
    links = cli.ok("link", "suggest", record, "--json").json["suggestions"]
    assert [(s["type"], s["target"]["id"]) for s in links] == [("cites", old)]


def test_number_without_its_session_resolves_to_nothing(cli: Cli, write: Write) -> None:
    about = {"jurisdiction": "za"}
    taken(cli, write, "q.txt", "A question", identifier="NW1903E", **about)
    record = taken(
        cli, write, "r.txt", "See the reply to NW1903E of last year.", **about
    )
    found = citations(cli, record)
    assert [c["status"] for c in found.values()] == ["ambiguous"]
    assert [c["target"] for c in found.values()] == [None]
    assert cli.ok("link", "suggest", record, "--json").json["suggestions"] == []
    assert cli.ok("search", "identifier:NW1903E", "--json").json["total"] == 1


def test_home_is_a_hint_where_a_paper_shows_no_place(
    make_store: Callable[..., Cli], write: Write, tmp_path_factory: Any
) -> None:
    config = tmp_path_factory.mktemp("home") / "home.ini"
    config.write_text(
        "[app:main]\nrecordsvc.jurisdiction = lk\nrecordsvc.default_access = open\n"
    )
    cli = make_store(RECORDSVC_CONFIG=str(config))
    text = "Minutes of a talk\n\nIt was said that the Land Act, No. 5 of 1990 is old.\n"
    line = cli.ingest(write("plain.txt", text))[0]
    assert "lk.act:1990/5" in citations(cli, line["id"])
