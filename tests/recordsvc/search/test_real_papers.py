"""Search and snippets on papers of parliaments, as their texts are."""

import re
import zipfile

import pypdfium2
import pytest

from recordsvc.search.analysis import analyse
from recordsvc.search.engines import open_index
from recordsvc.search.index import IndexDocument
from recordsvc.search.query import parse
from recordsvc.search.snippets import PageTokens, snippets
from tests.recordsvc.search.made import ANYONE, LANGUAGES

pytestmark = pytest.mark.real


def pdf_pages(path):
    with pypdfium2.PdfDocument(path) as paper:
        return [paper[n].get_textpage().get_text_range() for n in range(len(paper))]


def docx_pages(path):
    with zipfile.ZipFile(path) as package:
        markup = package.read("word/document.xml").decode()
    return [re.sub("<[^>]+>", "", markup.replace("</w:p>", "\n"))]


def html_pages(path):
    return [re.sub("<[^>]+>", " ", path.read_text("utf-8", "replace"))]


@pytest.fixture(scope="module")
def shelf(papers):
    found = {}
    for folder, pattern, language, read in (
        ("ke", "*.pdf", "en", pdf_pages),
        ("br", "*.docx", "pt", docx_pages),
        ("de", "*.html", "de", html_pages),
    ):
        for path in sorted((papers / folder).rglob(pattern))[:6]:
            tokens = [(t, analyse(t, language)) for t in read(path)]
            found[path.name] = [
                PageTokens(number=n, text=text, exact=a.exact, stem=a.stem)
                for n, (text, a) in enumerate(tokens, 1)
            ]
    return found


@pytest.fixture(params=["memory", "whoosh", "tantivy"])
def found_in(request, shelf, tmp_path):
    index = open_index(request.param, tmp_path / "index", LANGUAGES)
    index.apply(
        [
            IndexDocument(
                record_id=name,
                revision=1,
                access="open",
                type="paper",
                body_exact=" ".join(page.exact for page in pages),
                body_stem=" ".join(page.stem for page in pages),
            )
            for name, pages in shelf.items()
        ],
        (),
        "w",
    )

    def search(query):
        hits = index.search(parse(query), access=ANYONE, limit=100)
        return {hit.record_id for hit in hits.hits}

    yield search
    index.close()


def contains(pages, pattern):
    text = " ".join(" ".join(page.text for page in pages).split())
    return re.search(pattern, text, re.IGNORECASE) is not None


@pytest.mark.parametrize(
    ("query", "pattern"),
    [
        ('"county governments"', r"\bcounty\s+governments\b"),
        ("agricultural", r"\bagricultural\b"),
        ("licitação", r"\blicitação\b"),
        ("condicoes", r"\bcondições\b"),
        ("anfragen", r"\bAnfrage\b"),
        ('"presidente da república"', r"\bpresidente da república\b"),
        ('"presidente da republica"', r"\bpresidente da república\b"),
        ("educat*", r"\beducat"),
    ],
)
def test_every_paper_that_says_it_is_found(found_in, shelf, query, pattern):
    saying = {name for name, pages in shelf.items() if contains(pages, pattern)}
    assert saying
    assert saying <= found_in(query)


@pytest.mark.parametrize(
    "query", ["county governments", '"deputy speaker"', "lei", "Anfragen", "educ*"]
)
def test_a_snippet_stands_on_the_page_it_names(shelf, query):
    marked = 0
    for pages in shelf.values():
        for found in snippets(pages, parse(query), languages=LANGUAGES):
            page = pages[found.page - 1]
            assert found.text in " ".join(page.text.split())
            marked += len(found.marks)
    assert marked
