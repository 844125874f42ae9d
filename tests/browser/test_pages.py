"""Pages as a real browser shows them."""

import io

import pytest
from PIL import Image

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAPER, DARK_PAPER = (0xFB, 0xFA, 0xF7), (0x16, 0x18, 0x1A)
DARK = "--blink-settings=preferredColorScheme=0"
MEASURE = """<!doctype html><title>wait</title><iframe src="{url}"></iframe>"""


def picture(chromium, url, width, height, *flags):
    return Image.open(io.BytesIO(chromium.picture(url, width, height, *flags)))


def background(image):
    """Return the colour most of the picture has."""
    counts = image.convert("RGB").getcolors(2**24)
    return max(counts)[1]


def addresses(site):
    bill = site.ids["bill.html"]
    return {
        "home": "/",
        "search": "/search?q=water",
        "empty": "/search?q=xylophone",
        "error": "/search?q=(",
        "record": f"/records/{bill}",
        "long": f"/records/{site.ids['long.txt']}",
        "viewer": f"/records/{bill}/pages/1?q=water",
        "login": "/login",
        "missing": "/nowhere",
        "accessibility": "/about/accessibility",
    }


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("search", "<mark>water</mark>"),
        ("record", "Every household has a right"),
        ("viewer", "<mark>water</mark>"),
        ("missing", "there is nothing at this address"),
    ],
)
def test_a_page_shows_its_words(chromium, site, name, words):
    assert words in chromium.page(site.url + addresses(site)[name])


def test_with_scripts_a_list_acts_at_once_and_needs_no_button(chromium, site):
    page = chromium.page(site.url + "/search?q=water")
    assert 'class="quiet" hidden=""' in page


def test_styles_and_scripts_pass_the_policy(chromium, site):
    """With a style sheet that is refused, the page would be black on white."""
    image = picture(chromium, f"{site.url}/search?q=water", 1280, 800)
    assert background(image) == PAPER


def test_the_dark_is_dark(chromium, site):
    image = picture(chromium, f"{site.url}/search?q=water", 1280, 800, DARK)
    assert background(image) == DARK_PAPER


def test_arabic_readers_get_arabic_from_the_right(chromium, site):
    page = chromium.page(f"{site.url}/search?q=water", "--accept-lang=ar")
    assert '<html lang="ar" dir="rtl">' in page
    assert "بحث" in page


def test_the_navigation_stands_at_the_reading_edge(chromium, site):
    """The current place is the filled block beside the margin, mirrored."""
    url = f"{site.url}/search?q=water"
    accent = (0x1F, 0x5B, 0x4C)

    def filled(image, columns):
        rgb = image.convert("RGB")
        return any(rgb.getpixel((x, y)) == accent for x in columns for y in range(90, 200))

    left = picture(chromium, url, 1280, 800)
    right = picture(chromium, url, 1280, 800, "--accept-lang=ar")
    assert filled(left, range(20, 60))
    assert filled(right, range(1220, 1260))
    assert not filled(right, range(20, 60))


@pytest.mark.parametrize("language", ["en", "de", "ar"])
@pytest.mark.parametrize(
    "name",
    ["home", "search", "error", "record", "long", "viewer", "login", "accessibility"],
)
def test_nothing_sticks_out_at_320_pixels(chromium, site, name, language):
    """A page that is wider than its window would have ink beyond 320 pixels.

    The window is 400 pixels wide and the document is held at 320 by a page of
    the same origin that cannot be scripted, so the picture itself is measured.
    """
    url = site.url + addresses(site)[name]
    narrow = picture(chromium, url, 320, 1200, f"--accept-lang={language}")
    assert narrow.width == 320
    rgb = narrow.convert("RGB")
    # Every block keeps 16 pixels of margin at both sides below the bar.
    edge = 318 if language != "ar" else 1
    column = {rgb.getpixel((edge, y)) for y in range(240, 1000)}
    assert len(column) <= 3, column
