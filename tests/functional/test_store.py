"""`init`, `doctor`, `index`, `jobs`, `user`, and what holds for every command."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Cli

Write = Callable[[str, str], str]
PRESENT = (
    "init ingest search show text edit question link classify schedule retention event "
    "hold export bag index jobs user doctor serve worker demo disposal audit backup "
    "restore class aggregation capture watch mailbox mail ocr likeness join unjoin "
    "compare triage quarantine bulk submit harvest adopt identify agent profile sidecar"
).split()
ABSENT = "replicate fixity migrate-store enquiry".split()


def process(*argv: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, as a shell would."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("RECORDSVC_")}
    return subprocess.run(
        [sys.executable, "-c", "from recordsvc.cli import main; main()", *argv],
        env={**clean, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_store_is_made_once(tmp_path: Path) -> None:
    cli = Cli(data_dir=tmp_path / "new")
    assert cli("show", "x").code == 3
    assert not (tmp_path / "new").exists()
    made = cli.ok("init", "--json")
    assert set(made.json) == {"admin", "password"}
    assert made.err == ""
    again = cli("init", "--json")
    assert (again.code, again.out) == (7, "")
    assert cli.ok("user", "list", "--json").json["accounts"][0]["login"] == "admin"


def test_without_a_place_both_ways_out_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = process("search", "x")
    assert done.returncode == 2
    assert "development.ini" in done.stderr
    assert "RECORDSVC_DATA_DIR" in done.stderr
    assert done.stdout == ""


def test_letters_a_terminal_cannot_write_are_shown_by_number(
    cli: Cli, write: Write
) -> None:
    line = cli.ingest(write("letters.txt", "Água e saneamento básico"))[0]
    done = process(
        "show",
        line["id"],
        RECORDSVC_DATA_DIR=str(cli.data_dir),
        PYTHONIOENCODING="ascii",
    )
    assert done.returncode == 0, done
    assert "\\xc1gua" in done.stdout


def test_password_may_come_through_a_pipe(cli: Cli, tmp_path: Path) -> None:
    cli.ok("user", "add", "pia", "--role", "reader")
    pipe = tmp_path / "password"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("piped in secretly\n",))
    writer.start()
    cli.ok("user", "passwd", "pia", "--password-file", str(pipe))
    writer.join()


def test_real_process_keeps_streams_and_codes_apart(tmp_path: Path) -> None:
    place = {"RECORDSVC_DATA_DIR": str(tmp_path / "store")}
    made = process("init", "--json", **place)
    assert (made.returncode, made.stderr) == (0, "")
    paper = tmp_path / "-x.txt"
    paper.write_text("a dash leads this name")
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from recordsvc.cli import main; main()",
            "ingest",
            "--jsonl",
            "--",
            "-x.txt",
        ],
        cwd=tmp_path,
        env={**os.environ, **place},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b""), done
    assert process("search", "a*", "--json", **place).returncode == 2
    assert process("nonsense", **place).returncode == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["-x.txt", "store"]


@pytest.mark.parametrize("name", PRESENT)
def test_every_command_has_help_with_an_example(cli: Cli, name: str) -> None:
    called = cli.ok(name, "--help")
    if "Commands:" not in called.out:
        assert "Example: recordsvc" in called.out
        return
    commands = called.out.partition("Commands:")[2].split("\n")
    for line in commands:
        if line.startswith("  ") and line[2] != " ":
            part = line.split()[0]
            assert "Example: recordsvc" in cli.ok(name, part, "--help").out, part


@pytest.mark.parametrize("name", ABSENT)
def test_what_is_not_built_is_absent(cli: Cli, name: str) -> None:
    assert cli(name, "--help").code == 2


@pytest.mark.parametrize("name", ["RECORDSVC_TODAY", "RECORDSVC_FAULT"])
def test_levers_of_tests_are_refused_elsewhere(
    make_store: Callable[..., Cli], name: str
) -> None:
    real = make_store(is_test=False)
    value = "2030-01-01" if name.endswith("TODAY") else "ingest.after_commit:kill"
    for command in (("search", "x"), ("retention", "due"), ("doctor",)):
        called = real(*command, **{name: value})
        assert (called.code, called.out) == (2, ""), command
        assert name in called.err
    assert real("--as", "admin", "search", "x").code == 2
    assert real("--as", "nobody", "search", "x").code == 2


def test_today_of_a_test_store_is_a_day(cli: Cli) -> None:
    assert cli("retention", "due", RECORDSVC_TODAY="soon").code == 2
    assert cli("--as", "nobody", "search", "x").code == 3


def test_tokens_and_passwords(cli: Cli, write: Write, tmp_path: Path) -> None:
    short, empty = write("short.pw", "short\n"), write("empty.pw", "\n")
    good = write("good.pw", "long enough, surely\n")
    add = ("user", "add", "mia", "--role")
    assert cli(*add, "emperor").code == 2
    assert cli(*add, "officer", "--password-file", short).code == 2
    assert cli(*add, "officer", "--password-file", empty).code == 2
    assert cli(*add, "officer", "--password-file", str(tmp_path / "none")).code == 3
    assert cli("user", "add", "two words", "--role", "officer").code == 2
    called = cli.ok(*add, "officer", "--password-file", good, "--json").json
    assert called == {"login": "mia", "role": "officer", "password": None}
    assert cli(*add, "officer").code == 6
    assert cli("user", "token", "nobody").code == 3
    wrong = ("user", "token", "mia", "--password-file", short)
    assert cli(*wrong).code == 4
    token = cli.ok("user", "token", "mia", "--password-file", good, "--json").json
    assert cli.ok("search", "x", RECORDSVC_TOKEN=token["token"])
    assert cli("user", "list", RECORDSVC_TOKEN=token["token"]).code == 4
    assert cli("search", "x", RECORDSVC_TOKEN="rsvc_no_such").code == 4
    nothing = write("empty.token", "")
    assert cli("--token-file", nothing, "user", "list").code == 4
    assert cli("--token-file", str(tmp_path / "none"), "search", "x").code == 3
    assert cli("user", "passwd", "nobody").code == 3
    shown = cli.ok("user", "passwd", "mia", "--json").json
    assert cli(*wrong[:3], "--password-file", good).code == 4
    fresh = write("fresh.pw", shown["password"])
    cli.ok(*wrong[:3], "--password-file", fresh)


def test_index_is_looked_after(cli: Cli, write: Write) -> None:
    cli.ingest(write("indexed.txt", "indexed words"))
    status = cli.ok("index", "status", "--json").json
    assert status["documents"] == status["records"] >= 1
    found = cli.ok("index", "verify", "--json").json
    assert (found["valid"], found["missing"]) == (True, [])
    cli.ok("index", "rebuild")
    other = cli.ok("index", "rebuild", "--engine", "tantivy", "--json").json
    assert other == {"engine": "tantivy", "documents": status["documents"]}
    assert cli("index", "rebuild", "--engine", "lucene").code == 2
    assert cli.ok("search", "indexed", "--json").json["total"] == 1
    cli.ok("user", "add", "rob", "--role", "reader")
    assert cli("--as", "rob", "index", "rebuild").code == 4


def test_jobs_are_listed(cli: Cli) -> None:
    assert cli.ok("jobs", "list", "--json").json == {"jobs": []}
    for verb in ("show", "retry", "cancel"):
        assert cli("jobs", verb, "nothing").code == 3


def test_doctor_tells_a_missing_store(cli: Cli, tmp_path: Path) -> None:
    called = cli.ok("doctor", "--json").json
    assert called["valid"] is True
    assert {"state", "what", "detail"} == set(called["findings"][0])
    sick = Cli(data_dir=tmp_path / "none")("doctor", "--json")
    assert (sick.code, sick.json["valid"]) == (8, False)
    assert not (tmp_path / "none").exists()


def test_unknown_setting_names_the_nearest(cli: Cli, write: Write) -> None:
    path = write("odd.ini", "[app:main]\nrecordsvc.zoen = Europe/Paris\n")
    called = cli("--config", path, "search", "x")
    assert called.code == 2
    assert "recordsvc.zone" in called.err
    assert cli("--config", "no-such.ini", "search", "x").code == 2
