"""Write a paper as a scan: a PDF with one image and no text."""

import io
import textwrap
from datetime import UTC, datetime, time
from pathlib import Path

from recordsvc.samples.source import Paper

__all__ = ["write"]

_SIZE = (1240, 1754)  # A4 at 150 dots an inch
_LEFT, _TOP, _LINE = 150, 170, 40
_COLUMNS = 66
_LETTERS = 24
_TILT = 0.6


def write(paper: Paper) -> bytes:
    """Return a page image that is a little askew, as scans are."""
    # The letters that come with reportlab have accents; those of Pillow have none.
    import reportlab
    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("L", _SIZE, 255)
    pen = ImageDraw.Draw(page)
    letters = ImageFont.truetype(
        str(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"), _LETTERS
    )
    height = _TOP
    for block in paper.blocks:
        for line in textwrap.wrap(block.text, _COLUMNS):
            pen.text((_LEFT, height), line, fill=20, font=letters)
            height += _LINE
        height += _LINE // 2
    tilted = page.rotate(_TILT, fillcolor=255, resample=Image.Resampling.BICUBIC)
    target = io.BytesIO()
    noon = datetime.combine(paper.date, time(12), UTC).timetuple()
    black = tilted.convert("1", dither=Image.Dither.NONE)
    black.save(target, "PDF", resolution=150, creationDate=noon, modDate=noon)
    return target.getvalue()
