"""Pages as a real browser shows them."""

import io

import pytest
from PIL import Image

pytestmark = [pytest.mark.browser]

PAPER, DARK_PAPER = (0xFB, 0xFA, 0xF7), (0x16, 0x18, 0x1A)
ADDRESSES = {
    "home": "/",
    "search": "/search?q=water",
    "filtered": "/search?q=water&type=report&language=ar",
    "empty": "/search?q=xylophone",
    "error": "/search?q=(",
    "record": "/records/{bill.html}",
    "long": "/records/{long.txt}",
    "viewer": "/records/{bill.html}/pages/1?q=water",
    "login": "/login",
    "missing": "/nowhere",
    "accessibility": "/about/accessibility",
}
# WCAG 2.2, 1.4.3: the contrast of every text with what lies behind it.
CONTRAST = r"""
(() => {
  const part = (c) =>
    c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) =>
    0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const numbers = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const colour = numbers(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const node of document.querySelectorAll("body *")) {
    const has = [...node.childNodes].some(
      (n) => n.nodeType === 3 && n.textContent.trim()
    );
    if (!has || !node.getClientRects().length) continue;
    if (node.closest("svg, option")) continue;
    const inks = [numbers(getComputedStyle(node).color), behind(node)].map(light);
    const ratio = (Math.max(...inks) + 0.05) / (Math.min(...inks) + 0.05);
    if (ratio < 4.5) poor.push(ratio.toFixed(2) + " " + node.outerHTML.slice(0, 80));
  }
  return poor;
})()
"""


def address(site, name):
    path = ADDRESSES[name]
    for file, record_id in site.ids.items():
        path = path.replace("{" + file + "}", record_id)
    return site.url + path


def background(chromium):
    image = Image.open(io.BytesIO(chromium.picture())).convert("RGB")
    return max(image.getcolors(2**24))[1]


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_page_loads_without_a_complaint_of_the_browser(chromium, site, name):
    """Styles, scripts and images pass the content policy; nothing throws."""
    chromium.wear(1280, 800)
    chromium.go(address(site, name))
    complaints = [c for c in chromium.complaints if "status of 40" not in c]
    assert complaints == []
    assert chromium.ask("document.styleSheets.length") == 1
    assert chromium.ask("document.querySelectorAll('main h1').length") <= 1
    assert background(chromium) == PAPER


@pytest.mark.parametrize("language", ["en", "de", "ar"])
@pytest.mark.parametrize("name", ADDRESSES)
def test_nothing_sticks_out_at_320_pixels(chromium, site, name, language):
    chromium.wear(320, 900, language=language)
    chromium.go(address(site, name))
    assert chromium.ask("document.documentElement.lang") == language
    assert chromium.ask("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ADDRESSES)
def test_every_text_has_contrast(chromium, site, name, scheme):
    chromium.wear(1280, 800, scheme=scheme)
    chromium.go(address(site, name))
    assert chromium.ask(CONTRAST) == []


def test_the_dark_is_dark(chromium, site):
    chromium.wear(1280, 800, scheme="dark")
    chromium.go(address(site, "search"))
    assert background(chromium) == DARK_PAPER


def test_arabic_pages_are_mirrored(chromium, site):
    where = "document.querySelector('.places').getBoundingClientRect().left"
    chromium.wear(1280, 800)
    chromium.go(address(site, "search"))
    assert chromium.ask(where) < 100
    chromium.wear(1280, 800, language="ar")
    chromium.go(address(site, "search"))
    assert chromium.ask(where) > 1000
    assert chromium.ask("document.documentElement.dir") == "rtl"


def test_a_paper_keeps_its_own_direction(chromium, site):
    chromium.wear(1280, 800, language="en")
    chromium.go(f"{site.url}/records/{site.ids['report.txt']}")
    title = "getComputedStyle(document.querySelector('h1')).direction"
    assert chromium.ask(title) == "rtl"
    assert chromium.ask("getComputedStyle(document.body).direction") == "ltr"


def test_the_slash_key_goes_to_the_search_box(chromium, site):
    chromium.wear(1280, 800)
    chromium.go(address(site, "home"))
    chromium.press("/", "Slash")
    assert chromium.ask("document.activeElement.id") == "q"
    assert chromium.ask("document.activeElement.value") == ""


def test_the_first_tab_reaches_the_skip_link(chromium, site):
    chromium.wear(1280, 800)
    chromium.go(address(site, "home"))
    chromium.press("Tab")
    assert chromium.ask("document.activeElement.className") == "skip"


def test_a_list_acts_at_once_where_there_are_scripts(chromium, site):
    chromium.wear(1280, 800)
    chromium.go(address(site, "search"))
    button = "getComputedStyle(document.querySelector('.sort button')).display"
    assert chromium.ask(button) == "none"
    chromium.ask(
        "(() => { const s = document.getElementById('sort'); s.value = 'title';"
        " s.dispatchEvent(new Event('change')); })()"
    )
    chromium.wait("location.search.includes('sort=title')")


def test_the_marks_of_a_search_are_on_the_page_it_leads_to(chromium, site):
    chromium.wear(1280, 800)
    chromium.go(address(site, "search"))
    chromium.ask("document.querySelector('.snippet a').click()")
    chromium.wait("location.pathname.endsWith('/pages/1')")
    chromium.wait("document.readyState === 'complete'")
    assert chromium.ask("document.querySelector('.page-text mark').textContent")
