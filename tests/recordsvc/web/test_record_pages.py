"""Records, their files, pages, numbers, and what is told of hidden ones."""

from dataclasses import replace

import pytest

from recordsvc.services import changes
from recordsvc.services.context import SYSTEM
from recordsvc.services.crosswalks import identifier_of
from recordsvc.services.disposal.holding import HoldOrder, place
from recordsvc.web.serving import disposition

from .conftest import PAPERS, TESTER


def file_path(library, name):
    return f"/records/{library.ids[name]}/files/{name}"


def test_a_record_page_shows_its_facts_and_history(library, anyone):
    page = anyone.get(f"/records/{library.ids['water.pdf']}")
    assert "Report on drinking water" in page
    assert "12 May 2021" in page
    assert "captured" in page
    assert "water.pdf" in page


def test_a_record_is_json_where_asked(library, anyone):
    found = anyone.get(f"/records/{library.ids['water.pdf']}.json").json
    assert found["title"] == "Report on drinking water"
    assert found["components"][0]["pages"] == 2


@pytest.mark.parametrize("name", list(PAPERS))
def test_a_file_comes_back_byte_for_byte(library, name):
    answer = library.client("officer").get(file_path(library, name))
    assert answer.body == PAPERS[name][0]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_could_run_is_only_saved(library, anyone):
    answer = anyone.get(file_path(library, "page.html"))
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    shown = anyone.get(file_path(library, "water.pdf"))
    assert shown.headers["Content-Disposition"].startswith("inline;")
    saved = anyone.get(file_path(library, "water.pdf") + "?save=1")
    assert saved.headers["Content-Disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-9", 0, 10), ("bytes=100-199", 100, 200), ("bytes=-7", -7, None)],
)
def test_a_range_is_the_part_that_was_asked_for(library, anyone, asked, start, stop):
    whole = PAPERS["water.pdf"][0]
    answer = anyone.get(
        file_path(library, "water.pdf"), headers={"Range": asked}, status=206
    )
    assert answer.body == whole[start:stop]
    assert answer.headers["Content-Range"].endswith(f"/{len(whole)}")


def test_a_range_beyond_the_end_is_refused(library, anyone):
    anyone.get(
        file_path(library, "water.pdf"), headers={"Range": "bytes=9999999-"}, status=416
    )


def test_an_unchanged_file_is_not_sent_again(library, anyone):
    path = file_path(library, "water.pdf")
    tag = anyone.get(path).headers["ETag"]
    answer = anyone.get(path, headers={"If-None-Match": tag}, status=304)
    assert answer.body == b""


def test_head_says_the_length_and_sends_nothing(library, anyone):
    answer = anyone.head(file_path(library, "water.pdf"))
    assert answer.content_length == len(PAPERS["water.pdf"][0])
    assert answer.body == b""


@pytest.mark.parametrize(
    ("name", "plain", "exact"),
    [
        ("a.pdf", "a.pdf", "a.pdf"),
        ('a"b.pdf', "a_b.pdf", "a%22b.pdf"),
        ("a\r\nSet-Cookie: x", "a__Set-Cookie: x", "a%0D%0ASet-Cookie%3A%20x"),
        ("تقرير.pdf", "_____.pdf", "%D8%AA%D9%82%D8%B1%D9%8A%D8%B1.pdf"),
        ("\udcff.pdf", "_.pdf", "%FF.pdf"),
        ("a/b;c%.pdf", "a/b;c_.pdf", "a%2Fb%3Bc%25.pdf"),
    ],
)
def test_any_name_makes_a_lawful_header(name, plain, exact):
    header = disposition("inline", name)
    assert header == f"inline; filename=\"{plain}\"; filename*=UTF-8''{exact}"
    header.encode("ascii")


def test_a_name_that_is_no_utf_8_can_be_shown(library, anyone):
    record_id = library.ids["odd.txt"]

    def rename(to):
        def work(ctx):
            record = ctx.root.records[record_id]
            expression = record.expressions[0]
            file = replace(expression.manifestations[0], name=to)
            record.expressions = (replace(expression, manifestations=(file,)),)

        library.service.run(SYSTEM, work)

    rename("caf\udce9.txt")
    try:
        assert "caf\ufffd.txt" in anyone.get(f"/records/{record_id}")
        sha256 = anyone.get(f"/records/{record_id}.json").json["components"][0]
        assert sha256["name"] == "caf\udce9.txt"
        answer = anyone.get(f"/records/{record_id}/files/{sha256['sha256']}")
        assert "caf%E9.txt" in answer.headers["Content-Disposition"]
    finally:
        rename("odd.txt")


def test_the_viewer_turns_pages_and_draws_them(library, anyone):
    base = f"/records/{library.ids['water.pdf']}/pages"
    page = anyone.get(f"{base}/1")
    assert "The committee met" in page
    assert "Every household" in page.click("Next page")
    for _ in range(2):
        image = anyone.get(f"{base}/1.png")
        assert image.content_type == "image/png"
        assert image.body.startswith(b"\x89PNG")


@pytest.mark.parametrize("tail", ["0", "3", "999999", "3.png", "0.png"])
def test_a_page_that_is_not_there_is_not_found(library, anyone, tail):
    anyone.get(f"/records/{library.ids['water.pdf']}/pages/{tail}", status=404)


def test_a_text_has_no_page_images(library, anyone):
    anyone.get(f"/records/{library.ids['odd.txt']}/pages/1.png", status=404)


def test_the_viewer_shows_the_page_also_for_a_broken_query(library, anyone):
    assert "committee" in anyone.get(
        f"/records/{library.ids['water.pdf']}/pages/1?q=water+("
    )


TAILS = ("", ".json", "/edit", "/pages/1", "/pages/1.png", "/files/secret.txt")


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("prefix", ["/records/", "/api/v1/records/"])
def test_a_hidden_record_answers_like_none(library, anyone, prefix, tail):
    hidden = library.ids["secret.txt"]
    nobody = "0" * 32
    anyone.get("/login")
    here = anyone.get(f"{prefix}{hidden}{tail}", expect_errors=True)
    there = anyone.get(f"{prefix}{nobody}{tail}", expect_errors=True)
    assert here.status == there.status
    assert here.body.replace(hidden.encode(), nobody.encode()) == there.body
    assert {k: v.replace(hidden, nobody) for k, v in here.headers.items()} == dict(
        there.headers
    )


@pytest.mark.parametrize("tail", ["", "/text", "/retention", "/files/secret.txt"])
def test_a_hidden_record_answers_like_none_to_a_program(library, tail):
    hidden, nobody = library.ids["secret.txt"], "0" * 32
    headers = library.token("researcher")
    client = library.client()
    here = client.get(
        f"/api/v1/records/{hidden}{tail}", headers=headers, expect_errors=True
    )
    there = client.get(
        f"/api/v1/records/{nobody}{tail}", headers=headers, expect_errors=True
    )
    assert here.status == there.status
    assert here.body.replace(hidden.encode(), nobody.encode()) == there.body


def test_a_hold_is_shown_to_those_alone_who_may_know(library):
    record_id = library.ids["water.pdf"]
    order = HoldOrder(title="Inquiry 7", mandate="Order 3", record_ids=(record_id,))
    library.service.run(TESTER, lambda ctx: place(ctx, order).records)
    try:
        seen = library.client().get(f"/records/{record_id}")
        assert "On hold" not in seen
        assert "Inquiry 7" not in seen
        assert "Inquiry 7" in library.client("officer").get(f"/records/{record_id}")
    finally:

        def release(ctx):
            record = ctx.root.records[record_id]
            record.holds = ()
            ctx.root.held.clear()
            changes.touch(ctx, record, "hold-lifted")

        library.service.run(SYSTEM, release)


def test_a_number_leads_to_its_paper(library, anyone):
    def number(*numbers):
        def work(ctx):
            record = ctx.root.records[library.ids["water.pdf"]]
            changes.set_identifiers(ctx, record, numbers)

        library.service.run(SYSTEM, work)

    number(identifier_of("Act No. 24 of 1999", "lk"))
    for value in ("1999/24", "Act No. 24 of 1999", "Act, No. 24 of 1999"):
        answer = anyone.get(f"/ref/lk.act/{value}", status=303)
        assert answer.location.endswith(library.ids["water.pdf"]), value
    anyone.get("/ref/lk.act/1999/99", status=404)
    anyone.get("/ref/lk.bill/Act No. 24 of 1999", status=404)
    number()


def test_the_due_list_takes_a_day_and_refuses_what_is_none(library):
    client = library.client("officer")
    assert "Nothing is due" in client.get("/retention?on=2030-01-01")
    page = client.get("/retention?on=tomorrow", status=422)
    assert "write YYYY-MM-DD" in page
    library.client("researcher").get("/retention", status=403)


def test_the_register_of_questions_says_when_it_is_empty(library):
    assert "There is no question here" in library.client("researcher").get("/questions")
    library.client().get("/questions", status=303)


def test_a_class_is_offered_at_upload_once_there_is_one(library):
    assert "none yet" in library.client("librarian").get("/ingest")
