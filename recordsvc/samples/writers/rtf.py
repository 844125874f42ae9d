"""Write a paper as Rich Text Format 1.5."""

from recordsvc.samples.source import Kind, Paper

__all__ = ["write"]

_BEFORE = {
    Kind.CENTRED: r"\pard\qc ",
    Kind.TITLE: r"\pard\qc\b\fs32 ",
    Kind.HEADING: r"\pard\b ",
    Kind.SIGNATURE: r"\pard\qr ",
}


def write(paper: Paper) -> bytes:
    """Return RTF; letters beyond ASCII stand as Unicode escapes."""
    day = paper.date
    lines = [
        r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\froman Times New Roman;}}",
        rf"{{\info{{\title {_escaped(paper.title)}}}",
        rf"{{\author {_escaped(paper.author)}}}",
        rf"{{\creatim\yr{day.year}\mo{day.month}\dy{day.day}\hr12\min0}}}}",
        r"\f0\fs22",
    ]
    for block in paper.blocks:
        if block.kind is Kind.PAGE_BREAK:
            lines.append(r"\page")
            continue
        text = r"\tab ".join(block.cells) if block.cells else block.text
        start = _BEFORE.get(block.kind, r"\pard ")
        lines.append(f"{start}{_escaped(text)}" + r"\b0\fs22\par\par")
    return "\n".join([*lines, "}"]).encode("ascii")


def _escaped(text: str) -> str:
    parts = []
    for letter in text:
        if letter in "\\{}":
            parts.append(f"\\{letter}")
        elif letter.isascii():
            parts.append(letter)
        else:
            # RTF 1.5: \uN with N a signed 16-bit number, then one fallback sign.
            number = ord(letter)
            parts.append(rf"\u{number - 0x10000 if number > 0x7FFF else number}?")  # noqa: PLR2004
    return "".join(parts)
