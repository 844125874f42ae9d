"""Write a paper as one HTML page."""

from collections.abc import Iterator
from html import escape
from itertools import groupby

from recordsvc.samples.source import Kind, Paper

__all__ = ["write"]

_TAGS = {
    Kind.CENTRED: ('<p class="masthead">', "</p>"),
    Kind.TITLE: ("<h1>", "</h1>"),
    Kind.HEADING: ("<h2>", "</h2>"),
    Kind.PARAGRAPH: ("<p>", "</p>"),
    Kind.ITEM: ("<li>", "</li>"),
    Kind.SIGNATURE: ('<p class="signature">', "</p>"),
    Kind.SPEECH: ("<h3>", "</h3>"),
}


def write(paper: Paper) -> bytes:
    """Return UTF-8 HTML with Dublin Core in its head."""
    direction = "rtl" if paper.is_right_to_left else "ltr"
    head = [
        "<!DOCTYPE html>",
        f'<html lang="{paper.language}" dir="{direction}">',
        "<head>",
        '<meta charset="utf-8">',
        f"<title>{escape(paper.title)}</title>",
        *(
            f'<meta name="{name}" content="{escape(value)}">'
            for name, value in (
                ("DC.title", paper.title),
                ("DC.creator", paper.author),
                ("DC.date", paper.date.isoformat()),
                ("DC.identifier", paper.number),
                ("DC.language", paper.language),
            )
            if value
        ),
        "</head>",
        "<body>",
    ]
    lines = [*head, *_body(paper), "</body>", "</html>", ""]
    return "\n".join(lines).encode()


def _body(paper: Paper) -> Iterator[str]:
    for kind, group in groupby(paper.blocks, key=lambda block: block.kind):
        if kind is Kind.ROW:
            yield "<table>"
            for block in group:
                cells = "".join(f"<td>{escape(cell)}</td>" for cell in block.cells)
                yield f"<tr>{cells}</tr>"
            yield "</table>"
        elif kind is not Kind.PAGE_BREAK:
            start, end = _TAGS[kind]
            lines = [f"{start}{escape(block.text)}{end}" for block in group]
            yield from ["<ul>", *lines, "</ul>"] if kind is Kind.ITEM else lines
