"""Lists and suggestions over many records take time by their number, not its square."""

import json
import time
from collections.abc import Callable, Sequence

import pytest

from .conftest import Cli

pytestmark = pytest.mark.slow
FEW, MANY = 500, 2_000
# Four times the records may take eight times as long; the square would be sixteen.
MOST = 8
SCHEDULE = """
[authority]
title = "Authority"
zone = "UTC"
approved_by = ["One", "Two"]
version = 1
effective_from = 2020-01-01
[[class]]
code = "Q"
title = "Questions"
schedule = "Q5"
[[schedule]]
code = "Q5"
title = "Five years"
[[schedule.stage]]
trigger = "closed"
period = "P5Y"
action = "destroy"
"""
COMMANDS: dict[str, Sequence[str]] = {
    "link suggest": ("link", "suggest", "--json"),
    "retention due": ("retention", "due", "--json"),
    "hold place": (
        "hold",
        "place",
        "--title",
        "t",
        "--mandate",
        "m",
        "--query",
        "river",
    ),
    "schedule show": ("schedule", "show", "--json"),
}


def filled(
    make_store: Callable[..., Cli], write: Callable[[str, str], str], n: int
) -> Cli:
    """Return a store with n questions in a class, and n answers."""
    cli = make_store()
    rows = []
    for i in range(n):
        number = f"{i + 1:06}"
        shared = {"date": "2022-01-02", "language": "en", "type": "QUEST"}
        question = {
            "kind": "question",
            "identifier": f"E-9-2022-{number}",
            "reference": f"E-{number}/2022",
            "title": f"Rivers and the number {i}",
        }
        answer = {
            "kind": "answer",
            "identifier": f"E-9-2022-{number}-ASW",
            "title": f"Answer for question E-{number}/22",
        }
        rows += [shared | question, shared | answer]
    cli.ok("question", "import", write(f"{n}.json", json.dumps(rows)))
    cli.ok("schedule", "import", write(f"{n}.toml", SCHEDULE))
    ids = cli.ok("search", "type:question", "--format", "ids", "--limit", "200").out
    cli.ok("classify", *ids.split(), "Q")
    return cli


@pytest.mark.timeout(600)
def test_time_grows_with_the_number_of_records(
    make_store: Callable[..., Cli], write: Callable[[str, str], str]
) -> None:
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for count in (FEW, MANY):
        cli = filled(make_store, write, count)
        for name, words in COMMANDS.items():
            started = time.process_time()
            cli.ok(*words)
            seconds[name].append(time.process_time() - started)
    for name, (few, many) in seconds.items():
        print(f"{name}: {FEW} in {few:.2f} s, {MANY} in {many:.2f} s")
        assert many < max(few, 0.2) * MOST, name
