"""What is said at length is refused alike by pages and API, with the limit."""

import pytest

from recordsvc.services.days import MAX_VALUE_CHARS, MAX_WORDS_CHARS, require_text
from recordsvc.services.errors import InvalidRequest, TextTooLong

WORDS = "has 4001 characters; at most 4000 are kept"
LONG = "x" * (MAX_WORDS_CHARS + 1)


def test_the_api_refuses_a_long_mandate_with_the_limit(library):
    order = {"title": "T", "mandate": LONG, "ids": [library.ids["water.pdf"]]}
    answer = library.client().post_json(
        "/api/v1/holds", order, headers=library.token("officer"), status=422
    )
    assert answer.json["detail"] == f"the mandate {WORDS}"


def test_a_form_refuses_a_long_mandate_with_the_limit_and_keeps_what_was_written(
    library,
):
    client = library.client("officer")
    sent = {
        "csrf_token": client.csrf(),
        "title": "Inquiry 7",
        "mandate": LONG,
        "records": library.ids["water.pdf"],
    }
    page = client.post("/holds/new", sent, status=422)
    assert f"the mandate {WORDS}" in page
    assert "Inquiry 7" in page


def test_the_api_refuses_a_long_title_with_the_limit(library):
    record_id, _ = library.record("water.pdf")
    path, headers = f"/api/v1/records/{record_id}", library.token("librarian")
    tag = library.client().get(path, headers=headers).headers["ETag"]
    answer = library.client().patch_json(
        path,
        {"title": "x" * (MAX_VALUE_CHARS + 1)},
        headers={**headers, "If-Match": tag},
        status=422,
    )
    assert "title has 10001 characters; at most 10000 are kept" in answer.json["detail"]


def test_a_text_of_just_the_limit_is_kept():
    require_text("the reason", "x" * MAX_WORDS_CHARS)
    require_text("title", "x" * MAX_VALUE_CHARS, MAX_VALUE_CHARS)
    require_text("a column that is passed over", "x" * 10**6, None)
    with pytest.raises(TextTooLong) as caught:
        require_text("the reason", LONG)
    assert isinstance(caught.value, InvalidRequest)
    assert (caught.value.most, caught.value.given) == (4_000, 4_001)
