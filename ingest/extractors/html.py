"""Read HTML pages with lexbor: title, meta values, the text of the body."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.extractors.flow import TextFlow, decode_text
from ingest.extractors.source import Findings, Source

__all__ = ["extract_html", "html_text"]

_MAX_BYTES = 50 * 1024 * 1024
_DROPPED = ["script", "style", "noscript", "template", "svg", "iframe", "object"]
_BLOCKS = frozenset(
    "address article aside blockquote body br caption dd details div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr legend li main nav ol "
    "option p pre section select summary table tbody tfoot thead title tr ul".split()
)
_CELLS = frozenset({"td", "th"})
_FIELDS = {
    "author": "author",
    "dc.creator": "author",
    "dcterms.creator": "author",
    "citation_author": "author",
    "dc.title": "title",
    "dcterms.title": "title",
    "citation_title": "title",
    "og:title": "title",
    "description": "description",
    "dc.description": "description",
    "og:description": "description",
    "keywords": "keywords",
    "dc.subject": "keywords",
    "date": "date",
    "dc.date": "date",
    "dcterms.date": "date",
    "dcterms.issued": "date",
    "citation_publication_date": "date",
    "article:published_time": "date",
    "dcterms.modified": "modified",
    "dc.identifier": "identifier",
    "dcterms.identifier": "identifier",
    "dc.language": "language",
    "dcterms.language": "language",
    "content-language": "language",
    "dc.publisher": "publisher",
    "generator": "tool",
}


def extract_html(source: Source, found: Findings) -> None:
    """Read one HTML page as one page of text."""
    text, _ = decode_text(source.read(_MAX_BYTES))
    tree = LexborHTMLParser(text)
    title = tree.css_first("head > title") or tree.css_first("title")
    if title is not None:
        found.value("title", title.text(), "html:title")
    heading = tree.css_first("h1")
    if heading is not None:
        found.value("title", heading.text(), "html:h1")
    root = tree.root
    if root is not None:
        found.value("language", root.attributes.get("lang"), "html:lang")
    for meta in tree.css("meta"):
        _read_meta(meta, found)
    found.page_count = 1
    found.page(_body_text(tree))


def _read_meta(meta: LexborNode, found: Findings) -> None:
    attributes = meta.attributes
    key = (
        attributes.get("name")
        or attributes.get("property")
        or attributes.get("http-equiv")
        or ""
    ).lower()
    field = _FIELDS.get(key)
    if field:
        found.value(field, attributes.get("content"), f"html:meta[{key}]")


def html_text(text: str) -> str:
    r"""Return the readable text of an HTML text.

    Examples
    --------
    >>> html_text("<p>No. <b>1</b>2</p><ul><li>a<li>b</ul>")
    'No. 12\na\nb'
    """
    return _body_text(LexborHTMLParser(text))


def _body_text(tree: LexborHTMLParser) -> str:
    tree.strip_tags(_DROPPED)
    body = tree.body
    if body is None:
        return ""
    flow = TextFlow()
    _walk(body, flow)
    return flow.text()


def _walk(start: LexborNode, flow: TextFlow) -> None:
    """Walk without recursion: a page may nest a million elements."""
    node: LexborNode | None = start.child
    open_blocks: list[LexborNode] = []
    while node is not None:
        tag = node.tag or ""
        if tag == "-text":
            flow.add(node.text_content)
        elif tag in _BLOCKS:
            flow.line()
        child = node.child
        if child is not None:
            open_blocks.append(node)
            node = child
            continue
        _end(tag, flow)
        while node is not None and node.next is None:
            if not open_blocks:
                return
            node = open_blocks.pop()
            _end(node.tag or "", flow)
        node = node.next if node is not None else None


def _end(tag: str, flow: TextFlow) -> None:
    if tag in _BLOCKS:
        flow.line()
    elif tag in _CELLS:
        flow.verbatim("\t")
