import csv
import re

import pytest
from lxml import etree

from ingest.describe import describe
from ingest.extraction import TextKind
from ingest.extractors.registry import extract
from ingest.identifiers import identify
from recordsvc.samples import METADATA, PAPERS, QUESTIONS, SCHEDULE, TEXTS
from recordsvc.samples.build import build, papers
from recordsvc.samples.source import Kind, read_papers
from recordsvc.services.capture import check_sidecar
from retention.loader import load
from retention.schedule import Action

ALL = papers()
STATED = {
    row["file"]: {name: value for name, value in row.items() if value}
    for row in csv.DictReader(METADATA.read_text("utf-8").splitlines())
}
MAX_BYTES = 60_000
LANGUAGES = {"en", "fr", "es", "pt", "de", "ar"}


def read(paper):
    path = PAPERS / paper.file
    with path.open("rb") as stream:
        # A random name: what stands in the file's name is no evidence.
        return extract(stream, name="9f3c" + path.suffix)


def words(text):
    return re.findall(r"\w+", text)


def test_there_are_papers_enough_in_six_languages():
    assert len(ALL) >= 28
    counts = {x: sum(p.language == x for p in ALL) for x in LANGUAGES}
    assert all(count >= 4 for count in counts.values()), counts
    formats = {p.format for p in ALL}
    assert formats == {"pdf", "docx", "rtf", "html", "xml", "eml", "txt", "scan"}


def test_the_committed_papers_are_those_of_the_texts():
    assert {path.name for path in PAPERS.iterdir()} == {p.file for p in ALL}
    sizes = [path.stat().st_size for path in PAPERS.iterdir()]
    assert max(sizes) < MAX_BYTES
    assert sum(sizes) < 1_000_000


@pytest.mark.parametrize("paper", ALL, ids=lambda p: p.file)
def test_a_sample_says_what_it_is(paper):
    extraction = read(paper)
    stated = STATED[paper.file]
    found = describe(extraction, hints={"jurisdiction": "xt", **stated})
    assert stated.get("language", extraction.language) == paper.language
    assert stated.get("type", found.type) == paper.type
    assert (
        stated.get("title") == paper.title or paper.title in dict(found.titles).values()
    )
    assert stated.get("date", found.date) == paper.date.isoformat()
    if paper.number:
        wanted = identify(paper.number, "xt").normalised
        assert wanted in {i.normalised for i in found.identifiers}
    own = {i.normalised for i in found.identifiers if i.scheme != "akn.iri"}
    assert len(own) == bool(paper.number), own


@pytest.mark.parametrize("paper", ALL, ids=lambda p: p.file)
def test_every_word_of_a_sample_is_found_again(paper):
    extraction = read(paper)
    text = " ".join(page.text for page in extraction.pages)
    if paper.format == "scan":
        assert extraction.text is TextKind.NONE
        assert not text.strip()
        return
    missing = set(words(paper.plain_text)) - set(words(text))
    # A writer may number articles; nothing else is lost or broken.
    assert not missing


def test_the_scan_is_the_only_paper_without_text():
    bare = [p.file for p in ALL if read(p).text is not TextKind.FULL]
    assert bare == [p.file for p in ALL if p.format == "scan"]


def test_some_papers_have_pages_to_point_at():
    pages = {p.file: read(p).page_count for p in ALL}
    assert sum(count >= 3 for count in pages.values()) >= 5
    assert max(pages.values()) <= 6


@pytest.mark.real
def test_the_akoma_ntoso_papers_are_valid(schemas):
    schema = etree.XMLSchema(etree.parse(schemas / "akomantoso30.xsd"))
    found = sorted(PAPERS.glob("*.xml"))
    assert len(found) == 3
    for path in found:
        schema.assertValid(etree.parse(path))


def test_the_letter_carries_a_pdf():
    letter = next(p for p in ALL if p.format == "eml")
    (attached,) = read(letter).attachments
    assert attached.name == "measurements-2025.pdf"
    assert attached.content.startswith(b"%PDF")


def test_the_two_prints_of_the_bill_differ_in_what_the_committee_changed():
    known = read_papers(TEXTS)
    first = known["en-bill-drinking-water.md"]
    second = known["en-bill-drinking-water-amended.md"]
    assert first.number == second.number
    assert "lapses after sixty days" in first.plain_text
    assert "lapses after thirty days" in second.plain_text
    same = set(first.plain_text.split("\n")) & set(second.plain_text.split("\n"))
    assert len(same) > 40


def test_every_cited_paper_of_this_parliament_is_a_sample_or_an_act():
    known = {identify(p.number, "xt").normalised for p in ALL if p.number}
    cited = set()
    for paper in ALL:
        found = describe(read(paper), hints={"jurisdiction": "xt"})
        cited |= {c.normalised for c in found.citations}
    unknown = {c for c in cited - known if not c.startswith(("xt.act:", "/akn/"))}
    assert not unknown


def test_building_again_gives_the_same_papers(tmp_path):
    pytest.importorskip("reportlab", reason="the test extra holds reportlab")
    build(tmp_path / "a")
    build(tmp_path / "b")
    for paper in ALL:
        new = (tmp_path / "a" / paper.file).read_bytes()
        assert new == (tmp_path / "b" / paper.file).read_bytes(), paper.file
        if paper.format not in {"pdf", "scan", "eml", "docx"}:
            assert new == (PAPERS / paper.file).read_bytes(), paper.file
            continue
        # Compression differs from one zlib to the next; the text does not.
        with (tmp_path / "a" / paper.file).open("rb") as stream:
            fresh = extract(stream)
        assert fresh.pages == read(paper).pages, paper.file


def test_the_sidecar_names_every_paper_and_only_known_fields():
    assert set(STATED) == {p.file for p in ALL}
    classes = {c.code for c in load(SCHEDULE.read_text("utf-8")).classes}
    for row in STATED.values():
        values = {k: v for k, v in row.items() if k != "file"}
        check_sidecar(values)
        assert values["class"] in classes
    assert sum(row.get("access") == "closed" for row in STATED.values()) == 1


def test_the_schedule_shows_every_kind_of_rule():
    file = load(SCHEDULE.read_text("utf-8"))
    stages = [stage for schedule in file.schedules for stage in schedule.stages]
    assert len(file.authority.approved_by) == 2
    assert {s.action for s in stages} >= {
        Action.PERMANENT,
        Action.DESTROY,
        Action.REVIEW,
        Action.TRANSFER,
    }
    assert all(schedule.citation for schedule in file.schedules)
    codes = {c.code for c in file.classes}
    assert codes >= {"BUS", "BUS.BILL", "BUS.PQ", "BUS.REP", "RES", "COR"}


def test_the_question_list_holds_every_question_among_the_papers():
    rows = list(csv.DictReader(QUESTIONS.read_text("utf-8").splitlines()))
    listed = {r["identifier"] for r in rows if r["kind"] == "question"}
    assert {p.number for p in ALL if p.type == "question"} < listed


def test_nothing_in_the_samples_leads_to_a_real_place():
    for text in TEXTS.glob("*.md"):
        source = text.read_text("utf-8")
        assert not re.search(r"https?://|www\.", source), text.name
        for host in re.findall(r"@([\w.-]+\.\w+)", source):
            assert host.endswith(".example"), text.name


def test_a_text_without_front_matter_is_refused(tmp_path):
    (tmp_path / "bare.md").write_text("# Bill\n")
    with pytest.raises(ValueError, match=r"bare\.md has no front matter"):
        read_papers(tmp_path)


def test_an_amendment_that_finds_nothing_is_refused(tmp_path):
    head = '+++\nfile = "{}"\nlanguage = "en"\ntype = "bill"\ntitle = "T"\n'
    head += 'date = 2024-01-01\nauthor = "A"\n'
    (tmp_path / "a.md").write_text(head.format("a.txt") + "+++\n# One\n")
    change = 'base = "a.md"\n[[replace]]\nold = "Two"\nnew = "Three"\n+++\n'
    (tmp_path / "b.md").write_text(head.format("b.txt") + change)
    with pytest.raises(ValueError, match="'Two' is not there just once"):
        read_papers(tmp_path)


def test_marks_of_the_texts_become_blocks(tmp_path):
    (tmp_path / "a.md").write_text(
        '+++\nfile = "a.txt"\nlanguage = "en"\ntype = "bill"\ntitle = "T"\n'
        'date = 2024-01-01\nauthor = "A"\n+++\n'
        "^ HEAD\n# Title\n\nSome **bold**\nwords.\n- one\n| a | b |\n---\n> Me\n"
        "@ A Member | member\n~ They rose.\n"
    )
    blocks = read_papers(tmp_path)["a.md"].blocks
    assert [b.kind for b in blocks] == [
        Kind.CENTRED,
        Kind.TITLE,
        Kind.PARAGRAPH,
        Kind.ITEM,
        Kind.ROW,
        Kind.PAGE_BREAK,
        Kind.SIGNATURE,
        Kind.SPEECH,
        Kind.NARRATIVE,
    ]
    assert blocks[2].text == "Some bold words."
    assert blocks[4].cells == ("a", "b")
    assert blocks[7].role == "member"
