"""Write a paper as plain text."""

import textwrap

from recordsvc.samples.source import Kind, Paper

__all__ = ["write"]

_WIDTH = 76


def write(paper: Paper) -> bytes:
    """Return UTF-8 text of 76 columns."""
    parts = []
    for block in paper.blocks:
        if block.kind is Kind.CENTRED:
            parts.append(block.text.center(_WIDTH).rstrip())
        elif block.kind is Kind.HEADING:
            parts.append(f"{block.text}\n{'-' * len(block.text)}")
        elif block.kind is Kind.ROW:
            parts.append("\t".join(block.cells))
        elif block.text:
            parts.append(textwrap.fill(block.text, _WIDTH))
    return ("\n\n".join(parts) + "\n").encode()
