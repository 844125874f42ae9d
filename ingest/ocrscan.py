"""Draw a page for reading: grey, 300 dots an inch, in the plainest format there is.

Call it in a confined process only: the file is hostile. What comes out is a PGM
picture, whose reader in the next process has nothing to decode.
"""

from __future__ import annotations

import io
import math
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pypdfium2
from PIL import Image, ImageOps

from ingest.errors import AnswerError, PageImageError
from ingest.pagefiles import PICTURES, is_pdf, pdf_page

__all__ = ["DOTS_PER_INCH", "MAX_SCAN_BYTES", "check_scan", "scan_page"]

DOTS_PER_INCH = 300
MAX_READ_PIXELS = 200_000_000
MAX_SCAN_PIXELS = 36_000_000
MAX_SCAN_BYTES = MAX_SCAN_PIXELS + 64
_POINTS_PER_INCH = 72
# Below, an image states what a screen has and no scanner; above, it is mistaken.
_LEAST_DPI, _MOST_DPI = 100, 1_200
_SMALL_PX = 1_000
_HEAD = re.compile(rb"P5\n(\d{1,5}) (\d{1,5})\n255\n")


def scan_page(file: BinaryIO, number: int) -> bytes:
    """Return one page of a PDF or picture file as PGM.

    Parameters
    ----------
    file
        The open file, seekable.
    number
        The page or frame, counted from 1.

    Raises
    ------
    PageImageError
        There is no such page, it is too large, or it cannot be drawn.
    """
    try:
        image = (_pdf_page if is_pdf(file) else _frame)(file, number)
    except Image.DecompressionBombError as bomb:
        raise PageImageError("the picture has too many pixels to be read") from bomb
    except (pypdfium2.PdfiumError, OSError, ValueError, SyntaxError) as damage:
        raise PageImageError(f"the page cannot be drawn: {damage}") from damage
    buffer = io.BytesIO()
    image.save(buffer, "PPM")
    return buffer.getvalue()


def _pdf_page(file: BinaryIO, number: int) -> Image.Image:
    with pdf_page(file, number) as page:
        wide, high = page.get_size()
        scale = DOTS_PER_INCH / _POINTS_PER_INCH
        scale *= _fitting(wide * scale, high * scale)
        drawn = page.render(scale=scale, grayscale=True, may_draw_forms=False)
        picture: Image.Image = drawn.to_pil()
        return picture.convert("L")


def _fitting(wide: float, high: float) -> float:
    """Return the factor that makes a picture fit into what is read."""
    area = max(wide, 1.0) * max(high, 1.0)
    return min(1.0, math.sqrt((MAX_SCAN_PIXELS - 20_000) / area))


@contextmanager
def _allowing(pixels: int) -> Iterator[None]:
    """Let Pillow open pictures of so many pixels, and none larger."""
    before = Image.MAX_IMAGE_PIXELS
    # It refuses twice as many, and warns of what is not refused.
    Image.MAX_IMAGE_PIXELS = pixels // 2
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _frame(file: BinaryIO, number: int) -> Image.Image:
    with _allowing(MAX_READ_PIXELS), Image.open(file, formats=PICTURES) as image:
        try:
            image.seek(number - 1)
        except EOFError:
            raise PageImageError(f"the picture has no page {number}") from None
        wide, high = image.size
        # The pages of one file may differ.
        if wide * high > MAX_READ_PIXELS:
            raise PageImageError(f"a picture of {wide} x {high} pixels is not read")
        scale = _scale_of(image)
        size = (max(1, round(wide * scale)), max(1, round(high * scale)))
        image.draft("L", size)
        grey = _grey(image)
        wanted = grey.resize(size, reducing_gap=2.0) if grey.size != size else grey
        return ImageOps.exif_transpose(_with_turn(wanted, image))


def _scale_of(image: Image.Image) -> float:
    stated = image.info.get("dpi", (0, 0))[0]
    if _LEAST_DPI <= stated <= _MOST_DPI:
        scale = DOTS_PER_INCH / float(stated)
    else:
        # Small letters are read badly: an image of a screen is drawn larger.
        scale = 2.0 if image.width < _SMALL_PX else 1.0
    return scale * _fitting(image.width * scale, image.height * scale)


def _grey(image: Image.Image) -> Image.Image:
    """Return a picture in grey, on white where it is transparent."""
    if image.mode.startswith("I;16"):
        return image.point(lambda level: level * (1 / 256)).convert("L")
    if "A" in image.getbands() or "transparency" in image.info:
        layers = image.convert("LA")
        ground = Image.new("L", image.size, 255)
        ground.paste(layers.getchannel("L"), mask=layers.getchannel("A"))
        return ground
    return image.convert("L")


def _with_turn(picture: Image.Image, image: Image.Image) -> Image.Image:
    """Give a picture the word of its original on how it is turned (EXIF)."""
    picture.info["exif"] = image.info.get("exif", b"")
    return picture


def check_scan(content: bytes) -> None:
    """Refuse what is no picture as `scan_page` draws it.

    Raises
    ------
    AnswerError
        It is none: a worker is in the hands of a hostile file.
    """
    head = _HEAD.match(content)
    if head is not None:
        wide, high = int(head[1]), int(head[2])
        fits = 0 < wide * high <= MAX_SCAN_PIXELS
        if fits and len(content) == head.end() + wide * high:
            return
    raise AnswerError("page", "is no grey picture of a size that is read")
