"""Pages are drawn in a confined worker, within bounds."""

import io
import threading

import pytest
from PIL import Image

from ingest.errors import PageImageError, PoolClosedError
from ingest.limits import Limits
from ingest.page_images import MAX_WIDTH_PX, PageDrawer, draw_page
from tests.ingest.made import open_descriptors, processes_in, text_pdf


@pytest.fixture(scope="module")
def drawer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("draw")
    limits = Limits(wall_s=5.0, files_per_worker=4)
    with PageDrawer(scratch=folder, limits=limits) as drawer:
        yield drawer
    assert list(folder.iterdir()) == []
    assert processes_in(folder) == []


@pytest.fixture
def paper(tmp_path):
    path = tmp_path / "paper"
    path.write_bytes(text_pdf("one", "two"))
    return path


def opened(content):
    return Image.open(io.BytesIO(content))


def test_page_of_a_pdf_is_drawn_in_the_width_asked_for(drawer, paper):
    image = opened(drawer.draw(paper, 2, 300))
    assert image.format == "PNG"
    assert image.size == (300, 150)
    darkest, lightest = image.convert("L").getextrema()
    assert darkest < 100
    assert lightest == 255


def test_missing_page_is_named_and_the_worker_lives_on(drawer, paper):
    for number in (0, 3):
        with pytest.raises(PageImageError, match=f"2 pages, no {number}"):
            drawer.draw(paper, number, 100)
    assert opened(drawer.draw(paper, 1, 100)).width == 100


@pytest.mark.parametrize("width", [0, -5, MAX_WIDTH_PX + 1])
def test_width_is_bounded(drawer, paper, width):
    with pytest.raises(PageImageError, match="width"):
        drawer.draw(paper, 1, width)


def test_file_that_is_no_picture_is_refused(drawer, tmp_path):
    for content in (b"", b"words", b"%PDF-1.4 nothing", b"\x89PNG\r\n\x1a\nrest"):
        (tmp_path / "bad").write_bytes(content)
        with pytest.raises(PageImageError):
            drawer.draw(tmp_path / "bad", 1, 100)


def test_frames_of_a_picture_are_its_pages(drawer, tmp_path):
    path = tmp_path / "scan.tif"
    frames = [Image.new("1", (40, 20)), Image.new("L", (40, 60), 200)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert opened(drawer.draw(path, 2, 80)).size == (80, 120)
    with pytest.raises(PageImageError, match="no page 3"):
        drawer.draw(path, 3, 80)


def test_picture_bomb_is_refused_and_a_long_strip_made_smaller(drawer, tmp_path):
    bomb = tmp_path / "bomb.png"
    Image.new("1", (30_000, 30_000)).save(bomb)
    with pytest.raises(PageImageError, match="too many pixels"):
        drawer.draw(bomb, 1, 100)
    strip = tmp_path / "strip.png"
    Image.new("L", (10, 100_000)).save(strip)
    image = opened(drawer.draw(strip, 1, 2_000))
    assert image.width * image.height <= 17_600_000


def test_many_threads_draw_with_one_worker(drawer, paper):
    sizes = []

    def draw(number):
        sizes.append(opened(drawer.draw(paper, 1, 100 + number)).width)

    threads = [threading.Thread(target=draw, args=(i,)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sizes) == list(range(100, 112))


def test_worker_that_dies_is_replaced(drawer, paper):
    one = drawer._worker
    while one._worker is None:
        drawer.draw(paper, 1, 100)
    one._worker.channel.shutdown(2)
    with pytest.raises(PageImageError, match="within the limits"):
        drawer.draw(paper, 1, 100)
    assert opened(drawer.draw(paper, 1, 100)).width == 100


def test_closed_drawer_draws_nothing_and_leaves_nothing(tmp_path, paper):
    folder = tmp_path / "scratch"
    before = open_descriptors()
    drawer = PageDrawer(scratch=folder)
    drawer.draw(paper, 1, 50)
    drawer.close()
    drawer.close()
    with pytest.raises(PoolClosedError):
        drawer.draw(paper, 1, 50)
    assert list(folder.iterdir()) == []
    assert open_descriptors() == before


def test_wide_page_is_drawn_within_the_pixel_limit():
    content = text_pdf("x").replace(b"[0 0 400 200]", b"[0 0 10 14000]")
    image = opened(draw_page(io.BytesIO(content), 1, width_px=2_000))
    assert image.width * image.height <= 16_500_000
