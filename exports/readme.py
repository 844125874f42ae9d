"""The README of a package: plain words for somebody who has nothing but the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exports.tagfiles import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exports.package import Package, Payload

_TEXT = """\
ABOUT THIS PACKAGE

This folder holds one record of a parliament, complete in itself.
No particular program is needed to read it.

Record:     {id}
Title:      {title}
Version:    {version} of {modified}
Access:     {access}

THE FILES OF THE RECORD

{files}

The names above may differ from the names the files first had: a character that
some computers cannot keep was replaced by an underscore. The first names stand in
"originalName" in metadata/preservation/premis.xml of each representation.

WHERE TO FIND WHAT (below the folder "data")

representations/rep-original/data/      the files as the parliament received them
representations/rep-attachment/data/    the files that those carry, if there are any
metadata/descriptive/dcterms.xml        title, date, numbers (Dublin Core, XML)
metadata/descriptive/oai_dc.xml         the same, reduced to fifteen elements
metadata/descriptive/record.json        everything known of the record (JSON, UTF-8)
metadata/preservation/premis.xml        what happened to the record (PREMIS 3, XML)
metadata/other/retention.json           how long it is to be kept, and why, if known
metadata/preservation/erms.xml          the same for other systems (ERMS 3), if known
METS.xml                                the list of all parts (METS 1.12, XML)

HOW TO PROVE THAT NOTHING HAS CHANGED

The package follows RFC 8493, "The BagIt File Packaging Format". The files
manifest-sha256.txt and manifest-sha512.txt list a digest of every file below "data",
tagmanifest-sha256.txt and tagmanifest-sha512.txt of the files beside it. Any BagIt
program checks them; on many computers so does:

    sha256sum --check manifest-sha256.txt tagmanifest-sha256.txt
"""


def readme(package: Package, files: Sequence[tuple[str, Payload]]) -> bytes:
    """Write the README of a package.

    Parameters
    ----------
    files : sequence of (str, Payload)
        Each with its path relative to the folder ``data``.
    """
    listed = [
        f"  {path}\n    {one_line(payload.mime)}, {payload.bytes} bytes"
        for path, payload in files
    ]
    return _TEXT.format(
        id=package.id,
        title=_title(package),
        version=package.version,
        modified=package.modified.date().isoformat(),
        access=one_line(package.access_status),
        files="\n".join(listed) or "  (the record has no files of its own)",
    ).encode()


def _title(package: Package) -> str:
    for name, value, _ in package.dublin_core.elements:
        if name.rpartition(":")[2] == "title":
            return one_line(value)
    return "(none)"
