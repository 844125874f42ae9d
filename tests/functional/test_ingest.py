"""`ingest`: what is taken in, what is refused, and what is said of either."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Cli

Write = Callable[[str, str], str]


def test_line_says_everything_of_a_file(cli: Cli, write: Write) -> None:
    path = write("bill.txt", "Water Bill\n\nA bill on drinking water.\n")
    called = cli.ok("ingest", path, "--type", "bill", "--jsonl")
    line, last = called.lines
    assert list(line) == [
        "path",
        "status",
        "id",
        "sha256",
        "mime",
        "puid",
        "type",
        "title",
        "identifiers",
        "language",
        "pages",
        "joined",
        "text",
        "warnings",
        "error",
    ]
    assert (line["path"], line["status"], line["type"]) == (path, "added", "bill")
    assert last["summary"]["added"] == 1
    assert last["summary"]["bytes"] == Path(path).stat().st_size
    assert set(last["summary"]) == {
        "added",
        "new_version",
        "duplicate",
        "failed",
        "quarantined",
        "bytes",
        "seconds",
    }
    assert cli.ok("search", "drinking", "--json").json["total"] == 1


def test_same_bytes_are_told_as_duplicate_of_the_record(cli: Cli, write: Write) -> None:
    first = cli.ingest(write("one.txt", "the same words twice"))[0]
    second = cli.ingest(write("two.txt", "the same words twice"))[0]
    assert second["status"] == "duplicate"
    assert second["id"] == first["id"]


def test_missing_path_fails_alone(cli: Cli, write: Write, tmp_path: Path) -> None:
    missing, good = str(tmp_path / "none.pdf"), write("good.txt", "a good paper")
    called = cli("ingest", missing, good, "--jsonl")
    assert called.code == 5
    statuses = {line["path"]: line["status"] for line in called.lines[:-1]}
    assert statuses == {missing: "failed", good: "added"}
    assert cli("ingest", missing, "--jsonl").code == 1


def test_empty_path_is_not_the_working_folder(
    cli: Cli, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("here.txt", "in the working folder")
    monkeypatch.chdir(tmp_path)
    called = cli("ingest", "", "--recursive", "--jsonl")
    assert called.code == 1
    assert [line["status"] for line in called.lines[:-1]] == ["failed"]


def test_folder_needs_recursive(cli: Cli, write: Write, tmp_path: Path) -> None:
    inner = write("folder/inner.txt", "inside a folder")
    called = cli("ingest", str(tmp_path / "folder"), "--jsonl")
    assert called.code == 1
    assert "--recursive" in called.lines[0]["error"]
    lines = cli.ingest(str(tmp_path / "folder"), "--recursive")
    assert [line["path"] for line in lines] == [inner]


def test_odd_files_fail_without_waiting(cli: Cli, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    called = cli(
        "ingest",
        str(tmp_path / "pipe"),
        str(tmp_path / "broken"),
        "/dev/null",
        "--jsonl",
    )
    assert called.code == 1
    assert [line["status"] for line in called.lines[:-1]] == ["failed"] * 3
    assert all("id" not in line and line["error"] for line in called.lines[:-1])


def test_pipe_in_a_folder_fails_and_the_rest_goes_on(
    cli: Cli, write: Write, tmp_path: Path
) -> None:
    write("mixed/paper.txt", "beside a pipe")
    os.mkfifo(tmp_path / "mixed" / "pipe")
    called = cli("ingest", str(tmp_path / "mixed"), "--recursive", "--jsonl")
    assert called.code == 5
    statuses = {line["status"] for line in called.lines[:-1]}
    assert statuses == {"added", "failed"}


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser reads every file")
def test_unreadable_file_fails_and_says_so(cli: Cli, write: Write) -> None:
    path = write("secret.txt", "not to be read")
    Path(path).chmod(0)
    called = cli("ingest", path, "--jsonl")
    assert called.code == 1
    assert "cannot be read" in called.lines[0]["error"]


def test_empty_file_is_stored(cli: Cli, write: Write) -> None:
    line = cli.ingest(write("empty.pdf", ""))[0]
    assert line["id"]
    assert line["text"] == "none"


ODD_NAMES = [
    b"new\nline.txt",
    "\u202eright-to-left.txt".encode(),
    b"n" * 251 + b".txt",
    b"-dash.txt",
    b"caf\xe9.txt",
    b"100%25 & <b>.txt",
]


@pytest.mark.parametrize("name", ODD_NAMES, ids=range(len(ODD_NAMES)))
def test_odd_name_never_stops_a_paper(
    cli: Cli, tmp_path: Path, name: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(os.fsdecode(name)).write_bytes(b"named oddly: " + name)
    line = cli.ok("ingest", "--jsonl", "--", os.fsdecode(name)).lines[0]
    assert line["status"] == "added"
    assert os.fsencode(line["path"]) == name
    shown = cli.ok("show", line["id"], "--json").json
    assert os.fsencode(shown["components"][0]["name"]) == name
    cli.ok("show", line["id"])
    cli.ok("text", line["id"])


def test_plain_lines_are_for_any_terminal(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m\n.txt"
    path.write_text("escape in a name")
    called = cli.ok("ingest", str(path))
    assert "\x1b" not in called.out
    assert len(called.out.splitlines()) == 2


def test_unknown_class_takes_nothing_in(cli: Cli, write: Write) -> None:
    path = write("classed.txt", "in no class that exists")
    called = cli("ingest", path, "--class", "NO.SUCH", "--jsonl")
    assert (called.code, called.out) == (3, "")
    assert "NO.SUCH" in called.err
    assert cli.ok("search", '"no class that exists"', "--json").json["total"] == 0


@pytest.mark.parametrize(
    ("option", "value"),
    [("--access", "secret"), ("--jurisdiction", "FRANCE"), ("--type", "a\x00b")],
)
def test_option_that_cannot_be_kept_is_usage(
    cli: Cli, write: Write, option: str, value: str
) -> None:
    called = cli("ingest", write("x.txt", "words"), option, value)
    assert (called.code, called.out) == (2, "")


def test_dry_run_writes_nothing(cli: Cli, write: Write) -> None:
    def content() -> list[Path]:
        return sorted(
            p for p in (cli.data_dir / "bitstreams").rglob("*") if p.is_file()
        )

    path, twin = write("dry.txt", "only tried"), write("twin.txt", "only tried")
    before = content()
    lines = cli.ingest(path, twin, "--dry-run")
    assert [line["status"] for line in lines] == ["added", "duplicate"]
    assert lines[0]["text"] == "full"
    assert content() == before
    assert cli("show", lines[0]["id"]).code == 3
    assert cli.ingest(path)[0]["status"] == "added"


def test_no_wait_leaves_the_index_to_catch_up(cli: Cli, write: Write) -> None:
    cli.ingest(write("late.txt", "zeppelins are late"), "--no-wait")
    assert cli.ok("index", "verify", "--json").json["valid"] is True
    assert cli.ok("search", "zeppelins", "--json").json["total"] == 1


def test_scratch_and_tmpdir_are_left_empty(
    cli: Cli, write: Write, tmp_path: Path
) -> None:
    spare = tmp_path / "tmp"
    spare.mkdir()
    path = write("clean.txt", "leaves nothing behind")
    called = cli("ingest", path, TMPDIR=str(spare), HOME=str(spare))
    assert called.code == 0
    assert list(spare.iterdir()) == []


def test_original_lies_in_the_store_byte_for_byte(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "bytes.bin"
    path.write_bytes(bytes(range(256)))
    line = cli("ingest", str(path), "--jsonl").lines[0]
    kept = list((cli.data_dir / "bitstreams").rglob(line["sha256"]))
    assert kept
    assert kept[0].read_bytes() == path.read_bytes()


CSV = "file,title,date,type,identifier,jurisdiction,date.tabled\n"


def test_metadata_table_states_values(cli: Cli, write: Write) -> None:
    path = write("m/one.txt", "something about rivers")
    other = write("m/two.txt", "something about lakes")
    table = write(
        "m.csv",
        CSV + '"one.txt","A ""quoted"",\nlong title",2020-02-29,report,'
        '"Act, No. 24 of 1999",lk,2020-01-31\nnone.txt,Nothing,,,,,\n',
    )
    called = cli.ok("ingest", path, other, "--metadata", table, "--jsonl")
    first, second = called.lines[:-1]
    assert "none.txt" in called.err
    assert other in called.err
    assert second["warnings"]
    shown = cli.ok("show", first["id"], "--json").json
    assert shown["title"].startswith('A "quoted"')
    assert (shown["date"], shown["type"]) == ("2020-02-29", "report")
    assert shown["dates"]["tabled"] == "2020-01-31"
    assert shown["provenance"]["title"]["how"] == "sidecar"
    assert "lk.act:1999/24" in [i["normalised"] for i in shown["identifiers"]]


def test_metadata_comes_as_json(cli: Cli, write: Write) -> None:
    path = write("j.txt", "json beside it")
    table = write("j.json", '[{"file": "j.txt", "title": "From JSON", "date": null}]')
    line = cli.ingest(path, "--metadata", table)[0]
    assert line["title"] == "From JSON"


DUBLIN_CORE = """<records xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:dcterms="http://purl.org/dc/terms/">
  <record file="dc.txt"><dc:title>From Dublin Core</dc:title>
    <dc:identifier>Lei 14.026/2020</dc:identifier><dc:date>2020-07-15</dc:date></record>
  <record><dc:source>dc2.txt</dc:source><dcterms:title>Named by source</dcterms:title>
  </record></records>"""


def test_metadata_comes_as_dublin_core(cli: Cli, write: Write) -> None:
    one, two = write("dc.txt", "first in xml"), write("dc2.txt", "second in xml")
    lines = cli.ingest(one, two, "--metadata", write("dc.xml", DUBLIN_CORE))
    assert [x["title"] for x in lines] == ["From Dublin Core", "Named by source"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "file,colour\nx.txt,red\n"),
        ("b.csv", "name,title\nx.txt,red\n"),
        ("c.csv", "file,date\nx.txt,2020-02-30\n"),
        ("d.csv", "file,title\nx.txt,a\nx.txt,b\n"),
        ("e.json", "[1, 2]"),
        ("f.json", '[{"file": ["x"]}]'),
        ("g.json", "{"),
        ("h.xml", "<a"),
        ("i.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a><!-- -->x'),
        ("j.txt", "what"),
    ],
)
def test_bad_metadata_is_refused_whole(
    cli: Cli, write: Write, name: str, text: str
) -> None:
    path = write("x.txt", f"beside bad metadata {name}")
    called = cli("ingest", path, "--metadata", write(name, text), "--jsonl")
    assert (called.code, called.out) == (2, ""), called


def test_missing_metadata_file_is_not_found(cli: Cli, write: Write) -> None:
    called = cli("ingest", write("x.txt", "y"), "--metadata", "no-such.csv")
    assert (called.code, called.out) == (3, "")


def test_nothing_but_results_on_stdout(cli: Cli, write: Write) -> None:
    called = cli.ok("ingest", write("quiet.txt", "quiet words"))
    assert called.err == ""
    assert "quiet.txt" in called.out


def test_reader_cannot_ingest(cli: Cli, write: Write) -> None:
    cli("user", "add", "rita", "--role", "reader")
    called = cli("--as", "rita", "ingest", write("r.txt", "by a reader"), "--jsonl")
    assert (called.code, called.out) == (4, "")
    assert cli.ok("search", '"by a reader"', "--json").json["total"] == 0
