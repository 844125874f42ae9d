"""Every hard file ends within the limits; every good paper yields its text."""

import csv

import pytest

from ingest.extraction import TextKind
from ingest.isolate import ExtractionPool
from tests.ingest.made import results_of

pytestmark = [pytest.mark.real, pytest.mark.slow]


def read_all(scratch, paths):
    results = {}
    with ExtractionPool(2, scratch=scratch) as pool:
        for path in paths:
            while pool.free <= 0:
                results |= {r.key: r for r in pool.results(None)}
            pool.submit(str(path), path, path.name)
        results |= results_of(pool, seconds=200)
    return results


def test_every_hard_file_is_read_or_kept_without_text(hard_files, scratch):
    paths = sorted(p for p in hard_files.iterdir() if p.is_file())
    results = read_all(scratch, paths)
    assert len(results) == len(paths)
    for key, result in results.items():
        found = result.extraction
        if found.quarantined:
            assert found.error, key
            assert found.warnings, key
        elif found.text is TextKind.NONE:
            assert found.warnings, key
        else:
            assert any(page.text.strip() for page in found.pages), key
        assert not (found.error or "").startswith(("killed", "crashed")), key


def test_every_paper_with_a_text_layer_yields_text(papers, scratch):
    with (papers / "manifest.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    paths = {papers / row["file"]: row for row in rows}
    results = read_all(scratch, sorted(paths))
    wrong = []
    for path, row in paths.items():
        found = results[str(path)].extraction
        assert not found.quarantined, path
        has_text = found.text is not TextKind.NONE
        if has_text != (row["text_layer"] != "no"):
            wrong.append((row["file"], row["text_layer"], found.text))
    assert wrong == []
