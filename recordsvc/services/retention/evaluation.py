"""`retention evaluate`: pure, total, no store."""

import json
from collections.abc import Iterable, Iterator

from retention.evaluate import evaluate_line


def evaluate_lines(lines: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Answer JSON cases, one a line, in order.

    Yields
    ------
    tuple of bytes and bool
        The answer line, and whether it is an error.
    """
    for line in lines:
        text = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
        answer = evaluate_line(text)
        # A case may carry numbers and lone surrogates that orjson refuses; escaped
        # as ASCII, everything that was read can be written.
        yield json.dumps(answer).encode("ascii") + b"\n", answer["state"] == "error"
