"""A scanned paper on the pages: awaited first, then read, with its confidence."""

import pytest

from recordsvc.jobs.intake import Intake, IntakeOptions
from recordsvc.jobs.walk import Item
from recordsvc.model.record import Recognition
from recordsvc.services import recognition, renditions
from recordsvc.services.context import SYSTEM
from recordsvc.services.recognition import Reading
from tests.ingest.made_scans import scanned_pdf

from .conftest import TESTER


@pytest.fixture(scope="module")
def scan(library, tmp_path_factory):
    path = tmp_path_factory.mktemp("scans") / "scan.pdf"
    path.write_bytes(scanned_pdf(("The axolotl",), ("Nothing",)))
    lines = []
    options = IntakeOptions(common={"access": "open", "title": "A scan"}, wait=False)
    intake = Intake(library.service, TESTER, options, lines.append)
    intake.run([Item(given=str(path), path=path)])
    return lines[0]["id"], lines[0]["sha256"]


def test_what_is_awaited_is_said(scan, anyone):
    for place in (f"/records/{scan[0]}", f"/records/{scan[0]}/pages/1"):
        assert "The text is being read from the picture." in anyone.get(place)
    french = anyone.get(f"/records/{scan[0]}", headers={"Accept-Language": "fr"})
    assert "en cours de lecture" in french


def test_what_was_read_stands_with_its_confidence(library, scan, anyone):
    record_id, sha256 = scan
    rows = [(1, "The axolotl was seen."), (2, "")]
    content = renditions.encode(rows, None, "en", [0.874, 0.1])
    reading = Reading(
        sha256=sha256,
        state=Recognition.DONE,
        rendition=renditions.store(library.service.bitstreams, content),
        confidence=0.874,
        pages=2,
    )
    library.service.run(SYSTEM, lambda ctx: recognition.keep(ctx, record_id, reading))
    page = anyone.get(f"/records/{record_id}/pages/1")
    assert "The axolotl was seen." in page
    assert "Text read from the picture (OCR), confidence 87 %" in page
    record = anyone.get(f"/records/{record_id}")
    assert "confidence 87 %" in record
    assert "text read from the picture" in record
    second = anyone.get(f"/records/{record_id}/pages/2")
    assert "No text was found on this page." in second
    assert "confidence" not in second
    component = anyone.get(f"/records/{record_id}.json").json["components"][0]
    assert component["recognition"] == "done"
