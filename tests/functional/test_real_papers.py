"""The real papers and the hard files, through the command line."""

import json
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Cli

pytestmark = [pytest.mark.real, pytest.mark.slow]
WORDS = 3
# Letters only: digits may be read as an official number, on purpose.
RUN = re.compile(r"(?<!\w)[^\W\d_]{3,}(?: [^\W\d_]{3,}){2}(?!\w)")


def phrase_of(text: str, chance: random.Random) -> str | None:
    """Return three words that stand side by side in a text."""
    runs = RUN.findall(text)
    return chance.choice(runs) if runs else None


@pytest.mark.timeout(600)
def test_every_paper_is_found_by_words_of_its_own(
    make_store: Callable[..., Cli], papers: Path
) -> None:
    cli = make_store()
    lines = cli.ingest(str(papers), "--recursive")
    assert {line["status"] for line in lines} <= {"added", "duplicate", "new_version"}
    chance = random.Random(7)
    with_text, missed = 0, []
    for line in lines:
        pages = cli.ok("text", line["id"]).out
        phrase = phrase_of(pages, chance)
        if phrase is None:
            continue
        with_text += 1
        found = cli.ok("search", f'"{phrase}"', "--format", "ids", "--limit", "200")
        if line["id"] not in found.out.split():
            missed.append((line["path"].rpartition("/")[2], phrase))
    print(f"\n{len(lines)} papers, {with_text} with text, {len(missed)} not found")
    print(json.dumps(missed[:20], ensure_ascii=False, indent=1))
    assert with_text > len(lines) // 2
    assert missed == []


@pytest.mark.timeout(600)
def test_hard_files_are_kept_whatever_they_are(
    make_store: Callable[..., Cli], hard_files: Path
) -> None:
    cli = make_store()
    called = cli("ingest", str(hard_files), "--recursive", "--jsonl")
    assert called.code in {0, 5}
    *lines, last = called.lines
    print(f"\n{last['summary']}")
    assert len(lines) == sum(1 for path in hard_files.rglob("*") if path.is_file())
    assert all(line.get("id") for line in lines)
    for line in lines:
        assert cli("show", line["id"], "--json").code == 0
        if line["status"] == "quarantined":
            assert line["error"] or line["warnings"]
    assert cli("index", "verify").code == 0
