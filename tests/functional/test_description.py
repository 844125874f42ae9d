"""Describing from the command line: own profiles, parties, sidecars out and in."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Cli

Write = Callable[[str, str], str]
PROFILE = r"""
code = "zz"
name = "Exampleland"

[evidence]
"parliament of exampleland" = 4

[[scheme]]
name = "zz.act"
pattern = '\bAct No\. (?P<n>\d{1,3}) of (?P<y>\d{4})\b'
key = "{y}/{n:int}"
examples = [["Act No. 07 of 2021", "zz.act:2021/7"]]

[[rule]]
name = "act-number"
field = "identifier"
scheme = "zz.act"
pattern = '\bAct No\. (?P<n>\d{1,3}) of (?P<y>\d{4})\b'
"""
TEXT = "PARLIAMENT OF EXAMPLELAND\nAct No. 7 of 2021\n\nAn Act about wells\n"
ORDER_PAPER = """ASSEMBLY OF TESSARA
OP 12/045
Order paper for Thursday 18 April 2024
Oral questions
1. Garrick Penhollow to ask the Minister of Transport when the ferry will sail again.
"""


@pytest.fixture
def own(make_store: Callable[..., Cli], tmp_path: Path) -> Cli:
    """Return a store whose installation has a profile of its own."""
    folder = tmp_path / "profiles"
    folder.mkdir()
    (folder / "zz.toml").write_text(PROFILE)
    ini = tmp_path / "own.ini"
    ini.write_text(
        "[app:main]\nrecordsvc.data_dir = %(here)s/data\n"
        f"recordsvc.profiles_dir = {folder}\nsearch.engine = whoosh\n"
    )
    return make_store(RECORDSVC_CONFIG=str(ini))


def test_a_profile_of_the_parliament_describes_papers_without_code(
    own: Cli, write: Write
) -> None:
    (line,) = own.ingest(write("a.txt", TEXT))
    assert line["identifiers"] == [
        {
            "scheme": "zz.act",
            "value": "Act No. 7 of 2021",
            "normalised": "zz.act:2021/7",
        }
    ]
    assert own.ok("show", line["id"], "--json").json["jurisdiction"] == "zz"


def test_a_wrong_profile_stops_the_program_with_file_and_entry(
    own: Cli, tmp_path: Path
) -> None:
    (tmp_path / "profiles" / "zy.toml").write_text('code = "zy"\nname = 7\n')
    called = own("search", "water")
    assert called.code == 2
    assert "zy.toml" in called.err
    (tmp_path / "profiles" / "zy.toml").unlink()
    own.ok("search", "water")


def test_a_profile_is_checked_and_tried_on_papers(
    cli: Cli, write: Write, tmp_path: Path
) -> None:
    profile = write("zz.toml", PROFILE)
    papers = tmp_path / "papers"
    write("papers/a.txt", TEXT)
    write("papers/b.txt", TEXT.replace("7", "8"))
    write("papers/manifest.csv", "file,identifier\na.txt,Act No. 7 of 2021\nb.txt,x\n")
    found = cli.ok("profile", "check", profile, "--papers", papers, "--json").json
    assert found["faults"] == []
    assert found["fields"] == [
        {"field": "identifier", "stated": 2, "recall": 0.5, "precision": 0.5}
    ]
    assert [miss["file"] for miss in found["misses"]] == ["b.txt"]
    broken = write("broken.toml", PROFILE.replace("2021/7", "2021/8"))
    called = cli("profile", "check", broken)
    assert called.code == 1
    assert f"{broken}:8: scheme zz.act" in called.out


def test_a_paper_outside_the_folder_is_not_read(cli: Cli, write: Write) -> None:
    profile = write("zz.toml", PROFILE)
    write("papers/manifest.csv", "file,type\n../zz.toml,act\n")
    papers = str(Path(profile).parent / "papers")
    called = cli("profile", "check", profile, "--papers", papers)
    assert called.code == 2
    assert "is not in" in called.err


def test_what_is_said_goes_out_as_a_sidecar_and_in_elsewhere(
    make_store: Callable[..., Cli], write: Write
) -> None:
    here, there = make_store(), make_store()
    paper = write("a.txt", TEXT)
    meta = write(
        "meta.csv",
        "file,author,subject,date.tabled,title@fr\n"
        "a.txt,Ana Lo|Bo Um,Wells,1985~,Puits\n",
    )
    (line,) = here.ingest(paper, "--metadata", meta)
    out = here.ok("sidecar", line["id"]).out
    (row,) = csv.DictReader(io.StringIO(out))
    assert row["author"] == "Ana Lo|Bo Um"
    (other,) = there.ingest(paper, "--metadata", write("again.csv", out))
    ours, theirs = (
        c.ok("show", i, "--json").json
        for c, i in ((here, line["id"]), (there, other["id"]))
    )
    for name in (
        "titles",
        "date",
        "dates",
        "type",
        "parties",
        "subjects",
        "identifiers",
    ):
        assert ours[name] == theirs[name]
    assert theirs["provenance"]["author"]["how"] == "sidecar"


def test_the_authority_list_from_the_command_line(cli: Cli, write: Write) -> None:
    path = write("m.csv", "name,jurisdiction\nGarrick Penhollow,xt\nG. Penhollow,xt\n")
    assert cli.ok("agent", "import", path, "--dry-run", "--json").json["summary"] == {
        "added": 2,
        "updated": 0,
        "unchanged": 0,
        "failed": 0,
    }
    assert cli("agent", "list", "--json").json == {"agents": []}
    cli.ok("agent", "import", path)
    assert cli("agent", "import", path).code == 7
    found = cli.ok("agent", "list", "Penhollow", "--json").json["agents"]
    ids = {a["name"]: a["id"] for a in found}
    both = ids["Garrick Penhollow"], ids["G. Penhollow"]
    assert cli.ok("agent", "merge", *both, "--json").json["variants"] == [
        "G. Penhollow"
    ]
    (line,) = cli.ingest(write("op.txt", ORDER_PAPER))
    shown = cli.ok("question", "extract", line["id"], "--dry-run", "--json").json
    assert [q["asker"] for q in shown["questions"]] == ["Garrick Penhollow"]
    made = cli.ok("question", "extract", line["id"], "--json").json["questions"][0]
    (party, _) = cli.ok("show", made["id"], "--json").json["parties"]
    assert (party["state"], party["agent"]) == ("matched", both[0])
    assert cli("question", "extract", line["id"]).code == 7
