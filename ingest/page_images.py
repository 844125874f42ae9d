"""Draw a page of a paper as a picture, in a confined worker."""

import io
import os
import struct
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Self

import pypdfium2
from PIL import Image, ImageOps

from ingest.errors import AnswerError, PageImageError
from ingest.limits import Limits
from ingest.oneworker import OneWorker
from ingest.pagefiles import PICTURES, is_pdf, pdf_page

__all__ = ["MAX_WIDTH_PX", "PageDrawer", "draw_page"]

MAX_WIDTH_PX = 2_000
_MAX_DRAWN_PIXELS = 16_000_000
_MAX_READ_PIXELS = 120_000_000
_MAX_PNG_BYTES = 64 * 1024 * 1024
_PNG_HEAD = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
_MAX_REASON_CHARS = 300


def draw_page(file: BinaryIO, number: int, *, width_px: int) -> bytes:
    """Return one page of a PDF or picture file as PNG.

    Call it in a confined process only (:class:`PageDrawer`): the file is hostile.

    Parameters
    ----------
    file
        The open file, seekable.
    number
        The page or frame, counted from 1.
    width_px
        Width of the picture, at most `MAX_WIDTH_PX`; the height follows. A page that
        would be drawn with more than 16 million pixels is drawn smaller.

    Raises
    ------
    PageImageError
        There is no such page, or the file cannot be drawn.
    """
    if not 1 <= width_px <= MAX_WIDTH_PX:
        raise PageImageError(f"a width is between 1 and {MAX_WIDTH_PX} pixels")
    try:
        image = (_pdf_page if is_pdf(file) else _frame)(file, number, width_px)
    except Image.DecompressionBombError as bomb:
        raise PageImageError("the picture has too many pixels to be drawn") from bomb
    except (pypdfium2.PdfiumError, OSError, ValueError, SyntaxError) as damage:
        raise PageImageError(f"the page cannot be drawn: {damage}") from damage
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


def _pdf_page(file: BinaryIO, number: int, width_px: int) -> Image.Image:
    with pdf_page(file, number) as page:
        wide, high = page.get_size()
        # pdfium rounds up: a hair less keeps the width asked for.
        scale = (width_px - 1e-6) / max(wide, 1.0)
        area = wide * high * scale * scale
        if area > _MAX_DRAWN_PIXELS:
            scale *= (_MAX_DRAWN_PIXELS / area) ** 0.5
        picture: Image.Image = page.render(scale=scale, may_draw_forms=False).to_pil()
        return picture


def _frame(file: BinaryIO, number: int, width_px: int) -> Image.Image:
    with Image.open(file, formats=PICTURES) as image:
        wide, high = image.size
        if wide * high > _MAX_READ_PIXELS:
            raise PageImageError(f"a picture of {wide} x {high} pixels is not drawn")
        try:
            image.seek(number - 1)
        except EOFError:
            raise PageImageError(f"the picture has no page {number}") from None
        image.draft("RGB", (width_px, width_px))
        upright = ImageOps.exif_transpose(image)
        scale = width_px / upright.width
        area = upright.width * upright.height * scale * scale
        if area > _MAX_DRAWN_PIXELS:
            scale *= (_MAX_DRAWN_PIXELS / area) ** 0.5
        size = (
            max(1, round(upright.width * scale)),
            max(1, round(upright.height * scale)),
        )
        return upright.convert("RGB").resize(size, reducing_gap=2.0)


class PageDrawer:
    """Draw pages in one confined worker that lives on between the calls.

    Any thread may draw; one page is drawn at a time.

    Parameters
    ----------
    scratch
        Folder for the working folder of the worker.
    limits
        The bounds of each page.

    Raises
    ------
    TemplateError
        The process from which workers are forked does not start.
    """

    def __init__(self, *, scratch: Path, limits: Limits | None = None) -> None:
        self._worker = OneWorker(scratch=scratch, limits=limits or Limits())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def draw(self, path: Path, number: int, width_px: int) -> bytes:
        """Return one page as PNG; see `draw_page`.

        Raises
        ------
        PageImageError
            There is no such page, it cannot be drawn, or not within the limits.
        PoolClosedError
            The drawer has been closed.
        """
        errand = {"do": "draw", "number": number, "width": width_px}
        answer_file = os.memfd_create("page")
        try:
            answer = self._worker.send(errand, path, answer_file)
            content = os.pread(answer_file, _MAX_PNG_BYTES, 0)
            if "refusal" in answer:
                raise PageImageError(str(answer["refusal"])[:_MAX_REASON_CHARS])
            _check_png(content)
        except (OSError, AnswerError) as failure:
            reason = "the page was not drawn within the limits of time and memory"
            raise PageImageError(reason) from failure
        finally:
            os.close(answer_file)
        return content

    def close(self) -> None:
        """End the worker and its fork server, and remove the working folder."""
        self._worker.close()


def _check_png(content: bytes) -> None:
    """Refuse what is no PNG of a size that we draw."""
    with suppress(struct.error):
        wide, high = struct.unpack_from(">II", content, len(_PNG_HEAD))
        fits = 0 < wide <= MAX_WIDTH_PX + 1 and wide * high <= 1.1 * _MAX_DRAWN_PIXELS
        if content.startswith(_PNG_HEAD) and fits:
            return
    raise AnswerError("page", "is no PNG picture of the size asked for")
