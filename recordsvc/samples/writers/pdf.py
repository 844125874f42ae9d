"""Write a paper as PDF with text, page numbers and an information dictionary."""

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from html import escape
from itertools import groupby
from typing import Any

from recordsvc.samples.source import Block, Kind, Paper

__all__ = ["write"]

_MARGIN = 68
_LEADING = 17


def write(paper: Paper) -> bytes:
    """Return a PDF 1.4 file in the standard fonts, so that it stays small."""
    # Only building needs reportlab; the built papers are in the package.
    from reportlab import rl_config
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import SimpleDocTemplate

    # Streams as bytes, not as ASCII85: half the size.
    rl_config.useA85 = 0
    target = io.BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=paper.title,
        author=paper.author,
        subject=paper.number,
        lang=paper.language,
        invariant=1,
        pageCompression=1,
    )

    def foot(canvas: Any, page: Any) -> None:
        canvas.setFont("Times-Roman", 9)
        canvas.drawCentredString(A4[0] / 2, _MARGIN / 2, f"– {page.page} –")

    def canvas_of(*args: Any, **kwargs: Any) -> Any:
        canvas = Canvas(*args, **kwargs)
        # An invariant file carries a fixed day; the paper's own is as fixed.
        canvas._doc.info.invariant = 0  # noqa: SLF001 - no other way
        canvas._doc._timeStamp = _Stamp(paper)  # noqa: SLF001 - same
        return canvas

    document.build(
        list(_flowables(paper.blocks)),
        onFirstPage=foot,
        onLaterPages=foot,
        canvasmaker=canvas_of,
    )
    return target.getvalue()


class _Stamp:
    """The day of the paper at noon, in the shape that the canvas asks for."""

    def __init__(self, paper: Paper) -> None:
        noon = datetime.combine(paper.date, time(12), UTC)
        self.t = noon.timestamp()
        self.lt = noon.timetuple()
        self.YMDhms = self.lt[:6]
        self.dhh = self.dmm = 0
        self.asctime = noon.strftime("%a %b %d %H:%M:%S %Y")


def _flowables(blocks: Sequence[Block]) -> Iterator[Any]:
    from reportlab.platypus import PageBreak, Paragraph

    styles = _styles()
    for is_row, group in groupby(blocks, key=lambda b: b.kind is Kind.ROW):
        if is_row:
            yield from _table([b.cells for b in group], styles[Kind.ROW])
            continue
        for block in group:
            if block.kind is Kind.PAGE_BREAK:
                yield PageBreak()
            elif block.kind is Kind.ITEM:
                yield Paragraph(escape(block.text), styles[block.kind], bulletText="–")
            else:
                yield Paragraph(escape(block.text), styles[block.kind])


def _table(rows: list[tuple[str, ...]], style: Any) -> Iterator[Any]:
    from reportlab.lib import colors
    from reportlab.platypus import Paragraph, Spacer, Table, TableStyle

    cells = [[Paragraph(escape(cell), style) for cell in row] for row in rows]
    rules = TableStyle(
        [
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
            ("LINEBELOW", (0, 1), (-1, -1), 0.25, colors.grey),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ]
    )
    yield Table(cells, style=rules, repeatRows=1)
    yield Spacer(1, 10)


def _styles() -> dict[Kind, Any]:
    from reportlab.lib.enums import TA_CENTER, TA_RIGHT
    from reportlab.lib.styles import ParagraphStyle

    body = ParagraphStyle(
        "body", fontName="Times-Roman", fontSize=12, leading=_LEADING, spaceAfter=8
    )
    return {
        Kind.PARAGRAPH: body,
        Kind.CENTRED: ParagraphStyle("centred", body, alignment=TA_CENTER),
        Kind.TITLE: ParagraphStyle(
            "title",
            body,
            alignment=TA_CENTER,
            fontName="Times-Bold",
            fontSize=16,
            leading=21,
            spaceBefore=10,
            spaceAfter=12,
        ),
        Kind.HEADING: ParagraphStyle(
            "heading", body, fontName="Times-Bold", fontSize=13, spaceBefore=9
        ),
        Kind.ITEM: ParagraphStyle(
            "item", body, leftIndent=18, bulletIndent=5, spaceAfter=4
        ),
        Kind.SIGNATURE: ParagraphStyle("signature", body, alignment=TA_RIGHT),
        Kind.ROW: ParagraphStyle("row", body, fontSize=9.5, leading=12, spaceAfter=0),
    }
