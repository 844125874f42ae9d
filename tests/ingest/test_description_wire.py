"""A description crosses the boundary unchanged, a false one not at all."""

import orjson
import pytest

from ingest.describe import Description, describe
from ingest.description_wire import description_from
from ingest.errors import AnswerError
from ingest.extraction import Extraction, PageText, TextKind

ACT = """PARLIAMENT OF THE DEMOCRATIC SOCIALIST REPUBLIC OF SRI LANKA
FISHERIES (AMENDMENT) ACT, No. 4 OF 2013
[Certified on 7th of February, 2013]
An Act to amend the Fisheries Act, No. 2 of 1996
"""


def crossed(value):
    return description_from(orjson.loads(orjson.dumps(value)))


def test_description_crosses_unchanged():
    extraction = Extraction(
        mime="application/pdf",
        pages=(PageText(number=1, text=ACT),),
        text=TextKind.FULL,
        language="en",
    )
    description = describe(extraction, name="x.pdf", hints={})
    assert description.values
    assert crossed(description) == description
    assert crossed(Description()) == Description()
    assert description_from({}) == Description()


@pytest.mark.parametrize(
    "lie",
    [
        None,
        [],
        {"unknown": 1},
        {"type": 5},
        {"type": True},
        {"titles": "x"},
        {"titles": [["en"]]},
        {"titles": [["en", None]]},
        {"titles": [["en", "x" * 20_001]]},
        {"identifiers": [{"scheme": "x"}]},
        {"identifiers": ["x"]},
        {"values": [{}]},
        {"citations": [[]] * 50_001},
    ],
)
def test_what_is_no_description_is_refused(lie):
    with pytest.raises(AnswerError):
        description_from(lie)
