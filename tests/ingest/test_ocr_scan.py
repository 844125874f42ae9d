"""Pages are drawn for reading: grey, 300 dots an inch, never too large."""

import io
import struct
import zlib

import pytest
from PIL import Image

from ingest.errors import AnswerError, PageImageError
from ingest.ocrscan import MAX_SCAN_PIXELS, check_scan, scan_page
from tests.ingest.made import text_pdf
from tests.ingest.made_scans import page_image, saved, scanned_pdf, scanned_tiff


def scan(content, number=1):
    drawn = scan_page(io.BytesIO(content), number)
    check_scan(drawn)
    return Image.open(io.BytesIO(drawn))


def test_a_page_of_a_pdf_has_300_dots_an_inch():
    # 1400 x 1000 pixels at 150 dots an inch.
    drawn = scan(scanned_pdf(("One",), ("Two",)), 2)
    assert (drawn.width, drawn.height) == pytest.approx((2800, 2000), abs=1)


def test_a_vast_page_is_drawn_smaller():
    vast = text_pdf("x").replace(b"[0 0 400 200]", b"[0 0 9999 9999]")
    drawn = scan(vast)
    assert drawn.width * drawn.height <= MAX_SCAN_PIXELS
    assert drawn.width > 5_900


@pytest.mark.parametrize(("dpi", "width"), [(300, 1400), (600, 700), (150, 2800)])
def test_an_image_that_states_its_resolution_is_drawn_at_300(dpi, width):
    assert scan(saved(page_image("x"), "PNG", dpi=(dpi, dpi))).width == width


def test_a_small_image_of_no_resolution_is_drawn_larger():
    assert scan(saved(page_image("x", size=(700, 400)))).size == (1400, 800)
    assert scan(saved(page_image("x"))).size == (1400, 1000)


def test_every_kind_of_colour_becomes_grey_on_white():
    for mode in ("1", "L", "P", "RGB", "RGBA", "CMYK", "I;16"):
        image = (
            page_image("Words").convert("I").convert(mode)
            if mode == "I;16"
            else (page_image("Words").convert("RGB").convert(mode))
        )
        if mode == "I;16":
            image = image.point(lambda level: level * 257)
        drawn = scan(saved(image, "TIFF"))
        assert drawn.getpixel((5, 5)) >= 250, mode
        assert drawn.getextrema()[0] < 40, mode


def test_what_is_transparent_is_white():
    clear = Image.new("RGBA", (1200, 300), (0, 0, 0, 0))
    assert scan(saved(clear)).getextrema() == (255, 255)


def test_an_image_that_says_it_lies_on_its_side_is_turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = saved(page_image("x", size=(1000, 1400)), "JPEG", exif=exif)
    assert scan(lying).size == (1400, 1000)


def test_the_pages_of_a_tiff_are_told_apart():
    paper = scanned_tiff(("One",), ("Two", "Two", "Two"))
    dark = [sum(scan(paper, n).histogram()[:128]) for n in (1, 2)]
    assert dark[1] > 2 * dark[0]
    with pytest.raises(PageImageError, match="no page 3"):
        scan(paper, 3)


def forged_png(wide, high):
    """Return a PNG whose head promises more pixels than the file has bytes for."""

    def part(kind, body):
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + part(b"IHDR", head)
        + part(b"IDAT", zlib.compress(bytes(100)))
        + part(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(20_000, 10_001), (60_000, 60_000)])
def test_a_bomb_is_refused_before_it_is_unpacked(size):
    with pytest.raises(PageImageError, match="pixels"):
        scan_page(io.BytesIO(forged_png(*size)), 1)
    # The limit of others that use the same library is as before.
    assert Image.MAX_IMAGE_PIXELS < 100_000_000


@pytest.mark.parametrize("content", [b"", b"no picture", b"%PDF-1.4 broken"])
def test_what_cannot_be_drawn_is_refused(content):
    with pytest.raises(PageImageError):
        scan_page(io.BytesIO(content), 1)


def test_a_page_that_is_not_there_is_refused():
    with pytest.raises(PageImageError, match="has 1 pages, no 2"):
        scan_page(io.BytesIO(scanned_pdf(("One",))), 2)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"P5\n2 2\n255\n123",
        b"P5\n2 2\n255\n12345",
        b"P6\n2 2\n255\n1234",
        b"P5\n0 4\n255\n",
        b"P5\n99999 99999\n255\n1234",
        b"P5\n#2\n2 2\n255\n1234",
    ],
)
def test_what_a_worker_answers_is_checked(content):
    with pytest.raises(AnswerError):
        check_scan(content)
    check_scan(b"P5\n2 2\n255\n1234")
