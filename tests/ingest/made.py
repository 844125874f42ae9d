"""Small files made for tests, and what tests look at in results."""

import io
import time
import zipfile
from pathlib import Path

from ingest.limits import Limits

FAST = Limits(wall_s=1.0, cpu_s=5, pronom_s=10.0)


def results_of(pool, seconds=40.0):
    """Return all results by key."""
    end = time.monotonic() + seconds
    found = {}
    while pool.pending:
        assert time.monotonic() < end, f"{pool.pending} files never came back"
        for result in pool.results(1.0):
            assert result.key not in found
            found[result.key] = result
    return found


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def processes_in(folder):
    """Return the processes that stand in a folder or below it."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                place = str((process / "cwd").readlink())
            except OSError:
                continue
            if Path(place.removesuffix(" (deleted)")).is_relative_to(folder):
                found.append(int(process.name))
    return found


def text_pdf(*pages, info=b"", extra=()):
    """Return a PDF with one line of text a page; `info` goes into its dictionary."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * i) for i in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, len(pages)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for i, text in enumerate(pages):
        stream = b"BT /F1 12 Tf 20 50 Td (%b) Tj ET" % text.encode("latin-1")
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]/Contents %d 0 R"
            b"/Resources<</Font<</F1 3 0 R>>>>>>" % (5 + 2 * i)
        )
        objects.append(b"<</Length %d>>\nstream\n%b\nendstream" % (len(stream), stream))
    objects.append(b"<<%b>>" % info)
    objects.extend(extra)
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    number = 4 + 2 * len(pages)
    out += b"trailer\n<</Size %d/Root 1 0 R/Info %d 0 R>>\n" % (
        len(objects) + 1,
        number,
    )
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def zipped(members, first=None):
    """Return a ZIP container; `first` is a member stored without compression."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        if first:
            archive.writestr(first[0], first[1], zipfile.ZIP_STORED)
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def text_of(extraction):
    return "\n".join(page.text for page in extraction.pages)


def values_of(extraction, field):
    return [v.value for v in extraction.embedded if v.field == field]


def codes_of(extraction):
    return {w.code for w in extraction.warnings}
