import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import bagit
import pytest

from recordsvc.cli import demo, samplestore
from recordsvc.samples import PAPERS
from recordsvc.services.errors import Conflict, InvalidRequest

MAIN = "from recordsvc.cli import main; main()"
ROLES = [
    "admin",
    "officer",
    "archivist",
    "approver",
    "librarian",
    "researcher",
    "auditor",
    "reader",
]


def command(*arguments, data_dir, home, cwd):
    environ = {k: v for k, v in os.environ.items() if not k.startswith("RECORDSVC_")}
    environ |= {"RECORDSVC_DATA_DIR": str(data_dir), "HOME": str(home)}
    environ["TMPDIR"] = str(home)
    return subprocess.run(
        [sys.executable, "-c", MAIN, *arguments],
        env=environ,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.fixture(scope="module")
def toured(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    cwd = tmp_path_factory.mktemp("cwd")
    data = tmp_path_factory.mktemp("data") / "demo"
    found = command("demo", "--no-serve", data_dir=data, home=home, cwd=cwd)
    assert found.returncode == 0, found.stderr
    return data, found.stdout, home, cwd


@pytest.mark.slow
def test_the_tour_says_how_many_papers_came_in(toured):
    count = len(list(PAPERS.iterdir()))
    assert f"{count} sample papers in six languages ingested" in toured[1]
    assert not re.search(r"^  (?:failed|quarantined)", toured[1], re.MULTILINE)


@pytest.mark.slow
def test_the_tour_searches_three_times_with_snippets_and_pages(toured):
    lines = toured[1].splitlines()
    hits = [int(m[1]) for x in lines if (m := re.search(r": (\d+) hits$", x))]
    assert len(hits) == 3
    assert min(hits) >= 2
    pages = {int(m[1]) for x in lines if (m := re.match(r" +page (\d+): ", x))}
    assert max(pages) > 1
    queries = [x for x in lines if x.endswith(" hits")]
    assert any("équipage" in q for q in queries)
    assert any("مياه" in q for q in queries)
    assert any("WQ 12/1042" in q for q in queries)


@pytest.mark.slow
def test_the_tour_explains_a_decision_and_says_what_is_due(toured):
    text = toured[1]
    assert "retention of Minutes of the 114th meeting" in text
    assert "    - trigger closed: 2012-05-31" in text
    assert re.search(r"due on \d{4}-\d\d-\d\d: 3 records", text)
    assert "not while it is held: Consulta del archivo municipal" in text


@pytest.mark.slow
def test_the_tour_shows_a_question_with_its_papers(toured):
    text = toured[1]
    assert "answered by WA 12/1042: Joint answer" in text
    assert "its promise was kept by DP 12/077" in text
    assert "cited by CR 12/019" in text


@pytest.mark.slow
def test_the_exported_bag_is_valid(toured):
    data, text, *_ = toured
    path = Path(re.search(r"exported bag: (.+)", text)[1])
    assert path.is_relative_to(data)
    bagit.Bag(str(path)).validate()
    assert re.search(r"bagit-python \d+\.\d+\.\d+: valid", text)
    assert "our own validator: valid" in text


@pytest.mark.slow
def test_the_tour_names_the_address_and_a_log_in_for_each_role(toured):
    text = toured[1]
    assert "site: http://127.0.0.1:" in text
    for role in ROLES:
        assert re.search(rf"(?m)^    {role} +\S{{10,}}$", text), role


@pytest.mark.slow
def test_the_store_can_be_used_afterwards(toured):
    data, _, home, cwd = toured
    found = command(
        "--config",
        str(data / "demo.ini"),
        "search",
        "chloride",
        data_dir=data,
        home=home,
        cwd=cwd,
    )
    assert found.returncode == 0, found.stderr
    assert re.match(r"\d+ hits", found.stdout)


@pytest.mark.slow
def test_nothing_is_written_beside_the_data_directory(toured):
    _, _, home, cwd = toured
    assert list(home.iterdir()) == []
    assert list(cwd.iterdir()) == []


@pytest.mark.slow
def test_a_second_run_makes_the_store_anew(toured):
    data, first, home, cwd = toured
    (data / "left-over").mkdir()
    found = command("demo", "--no-serve", data_dir=data, home=home, cwd=cwd)
    assert found.returncode == 0, found.stderr
    assert not (data / "left-over").exists()
    line = r"(?m)^    officer +(\S+)$"
    assert re.search(line, found.stdout)[1] != re.search(line, first)[1]


def test_a_folder_that_the_demo_did_not_make_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with (
        pytest.raises(InvalidRequest, match="that the demo did not make"),
        samplestore.claimed(tmp_path),
    ):
        pass
    assert (tmp_path / "letter.txt").read_text() == "mine"


def test_a_folder_of_the_demo_is_emptied_but_links_are_not_followed(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "paper.pdf").write_text("kept")
    folder = tmp_path / "demo"
    with samplestore.claimed(folder):
        (folder / "store").mkdir()
        (folder / "store" / "main.sqlite3").write_text("")
        (folder / "away").symlink_to(outside)
    with samplestore.claimed(folder):
        assert [p.name for p in folder.iterdir()] == [samplestore.MARKER]
    assert (outside / "paper.pdf").read_text() == "kept"


def test_two_demos_do_not_share_a_folder(tmp_path):
    with (
        samplestore.claimed(tmp_path / "demo"),
        pytest.raises(Conflict, match="another demo is running"),
        samplestore.claimed(tmp_path / "demo"),
    ):
        pass


def test_a_busy_port_is_passed_over():
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        taken = busy.getsockname()[1]
        assert demo.free_port(taken) != taken
