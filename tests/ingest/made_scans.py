"""Pictures of pages, made for tests."""

import io
import time

from PIL import Image, ImageDraw, ImageFont

LETTER_PX = 44
WIDE, HIGH = 1_400, 1_000


def page_image(*lines, size=(WIDE, HIGH), letter_px=LETTER_PX, mode="L"):
    """Return the picture of a page with lines of black letters on white."""
    page = Image.new(mode, size, "white")
    pen = ImageDraw.Draw(page)
    font = ImageFont.load_default(size=letter_px)
    for number, line in enumerate(lines):
        place = (60, 60 + round(1.6 * letter_px) * number)
        pen.text(place, line, fill="black", font=font)
    return page


def saved(image, kind="PNG", **options):
    """Return a picture as the bytes of a file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def scanned_pdf(*pages, **options):
    """Return a PDF without text, one picture a page; a page is a tuple of lines."""
    images = [page_image(*lines, **options) for lines in pages]
    then = time.gmtime(0)  # the same pages, the same bytes
    return saved(
        images[0],
        "PDF",
        resolution=150,
        save_all=True,
        append_images=images[1:],
        creationDate=then,
        modDate=then,
    )


def scanned_tiff(*pages):
    """Return a TIFF file of several pages."""
    images = [page_image(*lines) for lines in pages]
    return saved(images[0], "TIFF", save_all=True, append_images=images[1:])
