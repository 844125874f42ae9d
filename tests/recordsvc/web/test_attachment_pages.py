"""What a letter carries, as a reader meets it on the pages."""

import re

import pytest

from recordsvc.jobs.intake import Intake, IntakeOptions
from recordsvc.jobs.walk import Item
from tests.ingest.made import text_pdf
from tests.ingest.made_messages import carrying, mail

from .conftest import TESTER

REPORT = text_pdf("Page of the dromedary", "Page of the okapi")


@pytest.fixture(scope="module")
def letter(library, tmp_path_factory):
    """Take a closed and an open letter in; return the ids."""
    folder = tmp_path_factory.mktemp("letters")
    pdf = carrying(("../<b>table.csv", b"name,amount\nquetzal,12\n"))
    ids = {}
    for access in ("open", "closed"):
        path = folder / f"{access}.eml"
        parts = [
            ("report.pdf", REPORT, "application/pdf"),
            ("cover.pdf", pdf, "application/pdf"),
        ]
        path.write_bytes(mail(f"A letter {access}", "Please see.", parts))
        lines = []
        options = IntakeOptions(common={"access": access})
        intake = Intake(library.service, TESTER, options, lines.append)
        intake.run([Item(given=str(path), path=path)])
        ids[access] = lines[0]["id"]
    return ids


def test_record_page_lists_what_a_letter_carries(letter, anyone):
    page = anyone.get(f"/records/{letter['open']}")
    assert "Attachments" in page
    names = [e.text for e in page.html.select(".attachments bdi")]
    assert names[:3] == ["report.pdf", "cover.pdf", "_b_table.csv"]
    assert "../<b>table.csv" in names
    assert page.html.select(".attachments .depth-1 bdi")[0].text == "_b_table.csv"


def test_attachment_is_sent_and_saved_under_its_own_name(letter, anyone):
    page = anyone.get(f"/records/{letter['open']}")
    links = [a["href"] for a in page.html.select(".attachments a")]
    first = anyone.get(next(a for a in links if "/files/" in a))
    assert first.body == REPORT
    assert 'inline; filename="report.pdf"' in first.headers["Content-Disposition"]
    saved = anyone.get(next(a for a in links if "save=1" in a))
    assert saved.headers["Content-Disposition"].startswith("attachment;")


def test_attachment_is_read_by_page_with_its_hits(letter, anyone):
    page = anyone.get(f"/records/{letter['open']}/pages/2?part=1&q=okapi")
    assert "<mark>okapi</mark>" in page
    assert "report.pdf" in page
    previous = page.html.select_one("a[rel=prev]")["href"]
    assert "part=1" in previous
    assert "dromedary" in anyone.get(previous)
    image = anyone.get(f"/records/{letter['open']}/pages/2.png?part=1")
    assert image.content_type == "image/png"
    anyone.get(f"/records/{letter['open']}/pages/1?part=7", status=404)
    anyone.get(f"/records/{letter['open']}/pages/1?part=%3Cscript%3E", status=404)
    assert "okapi" not in anyone.get(f"/records/{letter['open']}/pages/1")


def test_search_says_which_attachment_and_leads_to_its_page(letter, anyone):
    page = anyone.get("/search?q=okapi")
    (link,) = page.html.select(".snippet a")
    assert re.sub(r"\s+", " ", link.text) == "p. 2 · report.pdf"
    assert "<mark>okapi</mark>" in anyone.get(link["href"])


def test_attachments_of_a_closed_letter_are_closed(letter, anyone):
    digest = anyone.get(f"/records/{letter['open']}.json").json["components"][1]
    for path in ("", "/pages/1?part=1", f"/files/{digest['sha256']}"):
        anyone.get(f"/records/{letter['closed']}{path}", status=404)


def test_api_says_which_attachment_a_page_is_of(letter, anyone):
    pages = anyone.get(f"/api/v1/records/{letter['open']}/text").json["pages"]
    assert [(p["attachment"], p["number"]) for p in pages] == [
        ("", 1),
        ("1", 1),
        ("1", 2),
        ("2", 1),
        ("2.1", 1),
    ]
