"""Tesseract reads pages in its cell; what it cannot read is said, page by page."""

import pytest

from ingest.errors import AnswerError, OCRMissingError
from ingest.limits import Limits
from ingest.ocr import Tesseract, find_tesseract
from ingest.ocrreader import OCRReader
from tests.ingest.made import open_descriptors, processes_in
from tests.ingest.made_scans import page_image, saved, scanned_pdf, scanned_tiff

FIRST = ("The House met at ten o'clock.", "The Speaker took the chair.")
SECOND = ("The motion was agreed to.", "Question put and carried.")
ENGLISH = ("eng",)


@pytest.fixture(scope="module")
def tesseract():
    """Return the tesseract of this machine, or skip."""
    try:
        return find_tesseract()
    except OCRMissingError as missing:
        pytest.skip(f"{missing} (Debian package tesseract-ocr)")


@pytest.fixture(scope="module")
def reader(tesseract, tmp_path_factory):
    scratch = tmp_path_factory.mktemp("scratch")
    with OCRReader(
        tesseract,
        scratch=scratch,
        finish="recordsvc.services.renditions:analysed_pages",
    ) as found:
        yield found
    assert list(scratch.iterdir()) == []


@pytest.fixture
def as_file(tmp_path):
    def write(content):
        path = tmp_path / "bitstream"
        path.write_bytes(content)
        return path

    return write


def test_pages_come_in_order_with_their_confidence(reader, as_file):
    paper = as_file(scanned_pdf(FIRST, SECOND, FIRST))
    pages = list(reader.pages(paper, range(1, 4), ENGLISH))
    assert [page.number for page in pages] == [1, 2, 3]
    assert "The Speaker took the chair." in pages[0].text
    assert "Question put and carried." in pages[1].text
    assert all(page.confidence > 0.8 for page in pages)


def test_pages_of_a_tiff_and_of_an_image_are_read(reader, as_file):
    paper = as_file(scanned_tiff(FIRST, SECOND))
    texts = [page.text for page in reader.pages(paper, (1, 2), ENGLISH)]
    assert "Speaker" in texts[0]
    assert "motion" in texts[1]
    paper = as_file(saved(page_image(*SECOND), "JPEG"))
    assert "motion" in next(iter(reader.pages(paper, (1,), ENGLISH))).text


def test_a_page_that_lies_on_its_side_is_read(reader, tesseract, as_file):
    if "osd" not in tesseract.languages:
        pytest.skip("no data for orientation (Debian package tesseract-ocr-osd)")
    many = tuple(f"{number}. The bill was read a second time." for number in range(12))
    turned = page_image(*many).rotate(90, expand=True)
    (page,) = reader.pages(as_file(saved(turned)), (1,), ENGLISH)
    assert page.text.count("second time") >= 10


def test_an_empty_page_has_no_text_and_no_problem(reader, as_file):
    (page,) = reader.pages(as_file(saved(page_image())), (1,), ENGLISH)
    assert (page.text, page.problem) == ("", None)


def test_a_page_that_fails_says_why_and_stops_no_other(reader, as_file):
    paper = as_file(scanned_pdf(FIRST, SECOND))
    good, absent, again = reader.pages(paper, (1, 9, 2), ENGLISH)
    assert good.problem is None
    assert absent.problem == "the paper has 2 pages, no 9"
    assert again.problem is None


def test_a_language_without_data_is_a_problem_of_the_page(reader, as_file):
    (page,) = reader.pages(as_file(scanned_pdf(FIRST)), (1,), ("xxx",))
    assert "code 1" in page.problem


def test_a_page_beyond_its_time_is_given_up(tesseract, as_file, tmp_path):
    limits = Limits(wall_s=0.05, cpu_s=5, address_space_bytes=1024**3)
    with OCRReader(tesseract, scratch=tmp_path / "s", limits=limits) as hurried:
        (page,) = hurried.pages(as_file(scanned_pdf(FIRST)), (1,), ENGLISH)
    assert page.problem == "it took too long"


def test_the_text_describes_the_paper_with_less_confidence(reader, as_file):
    lines = (
        "PARLIAMENT OF THE DEMOCRATIC",
        "SOCIALIST REPUBLIC OF",
        "SRI LANKA",
        "",
        "DOG REGISTRATION (AMENDMENT)",
        "ACT, No. 7 OF 1998",
        "",
        "[Certified on 12th March, 1998]",
    )
    paper = as_file(scanned_pdf(lines))
    pages = list(reader.pages(paper, (1,), ENGLISH))
    found = reader.describe(paper, pages, name="x.pdf", hints={})
    description = found.description
    assert description.date == "1998-03-12"
    assert description.titles[0][1] == "Dog Registration (Amendment) Act, No. 7 of 1998"
    hows = {value.field: value.how for value in description.values}
    assert hows["title"] == hows["date"] == "ocr"
    assert all(value.confidence < 0.96 for value in description.values)
    assert found.extraction.text == "ocr"
    exact, _ = found.finished[0]
    assert "registration" in exact


def test_hints_of_the_owner_are_believed(reader, as_file):
    paper = as_file(scanned_pdf(FIRST))
    pages = list(reader.pages(paper, (1,), ENGLISH))
    hints = {"type": "hansard", "jurisdiction": "gb"}
    found = reader.describe(paper, pages, name="x.pdf", hints=hints).description
    assert (found.type, found.jurisdiction) == ("hansard", "gb")


def test_a_file_that_has_gone_is_refused(reader, tmp_path):
    gone = tmp_path / "gone"
    (page,) = reader.pages(gone, (1,), ENGLISH)
    assert "cannot be drawn" in page.problem
    with pytest.raises(AnswerError):
        reader.describe(gone, [page], name="x", hints={})


def test_who_waits_may_stop_the_reading(tesseract, as_file, tmp_path):
    class StopError(Exception):
        pass

    def stop():
        raise StopError

    before = open_descriptors()
    scratch = tmp_path / "s"
    with OCRReader(tesseract, scratch=scratch) as found:
        many = scanned_pdf(*[FIRST] * 8)
        with pytest.raises(StopError):
            list(found.pages(as_file(many), range(1, 9), ENGLISH, stop))
    assert list(scratch.iterdir()) == []
    assert processes_in(scratch) == []
    assert open_descriptors() == before


def test_languages_are_taken_by_either_name_and_the_known_one_first():
    found = Tesseract(
        path="", version="5", folder="", languages=frozenset({"eng", "fra", "osd"})
    )
    assert found.usable(("eng", "fra")) == ("eng", "fra")
    assert found.usable(("en", "fr-FR")) == ("eng", "fra")
    assert found.usable(("eng", "ell"), first="fr") == ("fra", "eng")
    assert found.usable(("ell",)) == ()


def test_where_it_is_not_installed_that_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OCRMissingError, match="tesseract is not installed"):
        find_tesseract()


@pytest.mark.parametrize("script", ["exit 1", "echo nonsense", "echo tesseract 5.3"])
def test_what_only_has_its_name_is_no_tesseract(monkeypatch, tmp_path, script):
    program = tmp_path / "tesseract"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OCRMissingError):
        find_tesseract()
