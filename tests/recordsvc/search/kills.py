"""Writers that are killed at any moment, and what has to hold afterwards."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from recordsvc.search.index import AccessFilter
from recordsvc.search.query import parse
from tests.recordsvc.search.made import document

WRITER = """
import sys
from pathlib import Path
from recordsvc.search.engines import open_index
from tests.recordsvc.search.made import LANGUAGES, document
index = open_index(sys.argv[1], Path(sys.argv[2]), LANGUAGES)
n = int(sys.argv[3])
while True:
    access = ("open", "internal")[n % 2]
    batch = [document(f"p{k}", f"water n{n}", access=access, revision=n)
             for k in range(n % 20, n % 20 + 5)]
    index.apply(batch, [], "store")
    print(n, flush=True)
    n += 1
"""


def kill_writers(engine: str, folder: Path, root: Path, rounds: int) -> int:
    """Kill a writer again and again; return the last commit it told of."""
    last = 0
    for round_ in range(rounds):
        writer = subprocess.Popen(
            [
                sys.executable,
                "-W",
                "ignore",
                "-c",
                WRITER,
                engine,
                folder,
                str(last + 1),
            ],
            cwd=root,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(round_ + 1):
            last = int(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.communicate()[0].split()
        last = int(rest[-1]) if rest else last
    return last


def check_after_kills(index, last: int) -> None:
    """Compare an index with what its killed writers told of."""
    told = {}
    for n in range(1, last + 1):
        told.update({f"p{k}": n for k in range(n % 20, n % 20 + 5)})
    found = dict(index.revisions())
    batch = {f"p{k}" for k in range((last + 1) % 20, (last + 1) % 20 + 5)}
    for record_id, revision in told.items():
        # The batch in doubt was written whole, in part, or not at all.
        if record_id not in batch:
            assert found[record_id] == revision
    assert index.stat().watermark == "store"
    # Its repetition mends the rest.
    n = last + 1
    access = ("open", "internal")[n % 2]
    again = [document(i, f"water n{n}", access=access, revision=n) for i in batch]
    index.apply(again, [], "store")
    told.update(dict.fromkeys(batch, n))
    revisions = list(index.revisions())
    assert sorted(revisions) == sorted(told.items())
    opened = AccessFilter(levels=frozenset({"open"}))
    hits = index.search(parse("water"), access=opened, limit=50).hits
    assert {h.record_id for h in hits} == {i for i, n in told.items() if n % 2 == 0}
