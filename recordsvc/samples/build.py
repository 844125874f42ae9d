"""Build the sample papers from their texts.

Run ``python -m recordsvc.samples.build [FOLDER]``; without a folder the papers
beside this file are built anew. Equal texts give equal bytes.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from recordsvc.samples import PAPERS, TEXTS
from recordsvc.samples.source import Paper, read_papers
from recordsvc.samples.writers import akn, docx, html, mail, pdf, rtf, scan, text

__all__ = ["build", "papers"]

_WRITERS: Mapping[str, Callable[[Paper], bytes]] = {
    "pdf": pdf.write,
    "docx": docx.write,
    "rtf": rtf.write,
    "html": html.write,
    "xml": akn.write,
    "txt": text.write,
    "scan": scan.write,
}


def papers() -> tuple[Paper, ...]:
    """Return the sample papers without those that are only attached."""
    return tuple(p for p in read_papers(TEXTS).values() if not p.is_part)


def build(target: Path) -> tuple[Path, ...]:
    """Write every sample paper into a folder.

    Parameters
    ----------
    target
        The folder; it is made when missing, files of the same names are replaced.

    Returns
    -------
    tuple of Path
        The files, in order of the names of their texts.
    """
    target.mkdir(parents=True, exist_ok=True)
    known = read_papers(TEXTS)
    written = []
    for paper in known.values():
        if paper.is_part:
            continue
        path = target / paper.file
        path.write_bytes(_bytes_of(paper, known))
        written.append(path)
    return tuple(written)


def _bytes_of(paper: Paper, known: Mapping[str, Paper]) -> bytes:
    if paper.format == "eml":
        attached = known[paper.said["attachment"]]
        return mail.write(paper, attached, _WRITERS[attached.format](attached))
    return _WRITERS[paper.format](paper)


if __name__ == "__main__":
    _target = Path(sys.argv[1]) if len(sys.argv) > 1 else PAPERS
    _written = build(_target)
    _size = sum(path.stat().st_size for path in _written)
    sys.stdout.write(f"{len(_written)} papers, {_size / 1000:.0f} kB in {_target}\n")
