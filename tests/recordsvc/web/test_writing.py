"""Changes and uploads, through forms and through the API."""

import threading

import pytest
from ZODB.POSException import ConflictError

from recordsvc.jobs.handlers import HANDLERS
from recordsvc.jobs.indexer import Indexer
from recordsvc.jobs.worker import Worker
from recordsvc.services import description, uploading
from recordsvc.services.context import SYSTEM
from recordsvc.storage.errors import StorageFull
from recordsvc.web import transactions


@pytest.fixture
def work_off(library):
    """Do every job that waits, and index what came of it."""

    def work():
        stop = threading.Event()
        worker = Worker(library.service, stop, HANDLERS)
        with worker.presence:
            while (task := library.service.run(SYSTEM, worker._claim)) is not None:
                worker._do(task)
        with Indexer(library.service) as indexer:
            indexer.catch_up()

    return work


def edit_form(library, name="page.html", role="librarian"):
    return library.client(role).get(f"/records/{library.ids[name]}/edit").forms[3]


def test_an_edit_is_kept_with_its_author(library):
    form = edit_form(library)
    form["collection"] = "Ports"
    page = form.submit(status=303).follow()
    assert "Ports" in page
    assert "edited" in page
    assert "librarian" in page


def test_an_edit_from_a_stale_form_is_refused(library):
    stale = edit_form(library)
    fresh = edit_form(library)
    fresh["collection"] = "Harbours"
    fresh.submit(status=303)
    stale["collection"] = "Quays"
    page = stale.submit(status=409)
    assert "has moved on" in page
    assert "Harbours" in library.client().get(f"/records/{library.ids['page.html']}")


def test_a_form_that_changes_nothing_is_no_error(library):
    _, before = library.record("page.html")
    edit_form(library).submit(status=303)
    assert library.record("page.html")[1] == before


def test_a_refused_value_leaves_the_others_unwritten(library):
    _, before = library.record("page.html")
    form = edit_form(library)
    form["title"] = "Changed"
    form["date"].force_value("12 May")
    page = form.submit(status=422)
    assert "YYYY-MM-DD" in page
    assert library.record("page.html")[1] == before
    assert "Changed" not in library.client().get(f"/records/{library.ids['page.html']}")


def test_a_form_without_its_revision_is_refused(library):
    form = edit_form(library)
    form["revision"] = ""
    form["title"] = "Changed"
    assert "load it again" in form.submit(status=422)


def test_a_reader_may_not_edit(library):
    path = f"/records/{library.ids['page.html']}/edit"
    assert "may not do this" in library.client("reader").get(path, status=403)
    library.client().get(path, status=303)


def test_a_program_must_say_which_revision_it_changes(library):
    record_id, revision = library.record("odd.txt")
    path = f"/api/v1/records/{record_id}"
    client, headers = library.client(), library.token("librarian")
    change = {"collection": "Coast"}
    assert client.patch_json(path, change, headers=headers, status=428).json["title"]
    stale = {**headers, "If-Match": '"r0"'}
    client.patch_json(path, change, headers=stale, status=412)
    assert library.record("odd.txt")[1] == revision
    tag = client.get(path, headers=headers).headers["ETag"]
    answer = client.patch_json(path, change, headers={**headers, "If-Match": tag})
    assert answer.json["collection"] == "Coast"
    assert answer.headers["ETag"] != tag
    again = {**headers, "If-Match": answer.headers["ETag"]}
    client.patch_json(path, change, headers=again, status=409)


@pytest.mark.parametrize("body", ["{", "[]", '{"title": 3}', '"x"'])
def test_a_change_that_is_no_object_of_texts_is_refused(library, body):
    record_id, _ = library.record("odd.txt")
    answer = library.client().patch(
        f"/api/v1/records/{record_id}",
        body,
        headers={**library.token("librarian"), "If-Match": "*"},
        content_type="application/json",
        expect_errors=True,
    )
    assert answer.status_int in {400, 422}
    assert answer.content_type == "application/problem+json"


def test_an_upload_becomes_a_record_that_can_be_found(library, work_off):
    client = library.client("librarian")
    form = client.get("/ingest").forms[3]
    token = form["csrf_token"].value
    page = client.post(
        "/ingest",
        {"csrf_token": token, "access": "internal", "collection": "Annals"},
        upload_files=[
            (
                "files",
                "C:\\papers\\marigold.txt",
                b"The marigold statute of the isles.",
            ),
            ("files", "saffron.txt", b"The saffron ordinance of the isles."),
        ],
        status=303,
    ).follow()
    assert "marigold.txt" in page
    assert 'http-equiv="refresh"' in page
    assert "C:\\papers" not in page
    work_off()
    page = client.get(page.request.path)
    assert page.text.count("Added") == 2
    assert "refresh" not in page
    found = client.get("/search?q=marigold")
    assert "1 paper" in found
    assert "No paper matches" in library.client().get("/search?q=marigold")
    library.client("researcher").get(page.request.path, status=403)
    library.client("officer").get(page.request.path, status=404)
    assert "Your newest uploads" in client.get("/ingest")


def test_an_upload_without_a_file_says_so(library):
    form = library.client("librarian").get("/ingest").forms[3]
    assert "choose at least one file" in form.submit(status=422)


def test_an_upload_with_an_unknown_class_keeps_nothing(library):
    client = library.client("librarian")
    spool = library.service.settings.data_dir / "spool"
    before = set(spool.iterdir()) if spool.exists() else set()
    client.post(
        "/ingest",
        {"csrf_token": client.csrf(), "class": "NONE"},
        upload_files=[("files", "a.txt", b"a")],
        status=404,
    )
    assert (set(spool.iterdir()) if spool.exists() else set()) == before


def test_a_program_uploads_a_file(library, work_off):
    client, headers = library.client(), library.token("librarian")
    answer = client.post(
        "/api/v1/records?name=thistle.txt&access=open&type=statement",
        b"The thistle proclamation.",
        headers=headers,
        content_type="application/octet-stream",
        status=202,
    )
    assert answer.json["waiting"] == ["thistle.txt"]
    work_off()
    done = client.get(answer.headers["Location"], headers=headers).json
    assert done["state"] == "done"
    assert [f["status"] for f in done["files"]] == ["added"]
    record = client.get(f"/api/v1/records/{done['files'][0]['id']}").json
    assert record["type"] == "statement"
    assert record["components"][0]["name"] == "thistle.txt"
    assert "thistle" in client.get("/api/v1/search?q=proclamation").text


def test_an_upload_needs_a_name_and_a_role(library):
    client = library.client()
    path = "/api/v1/records"
    client.post(path, b"x", headers=library.token("librarian"), status=422)
    client.post(f"{path}?name=a", b"x", headers=library.token("reader"), status=403)
    client.post(f"{path}?name=a", b"x", status=401)


def test_a_full_disk_is_told_and_leaves_nothing(library, monkeypatch):
    def full(*_args, **_more):
        raise StorageFull(library.service.settings.data_dir)

    monkeypatch.setattr(uploading.Spool, "add", full)
    client = library.client("librarian")
    answer = client.post(
        "/api/v1/records?name=a",
        b"x",
        headers=library.token("librarian"),
        status=507,
    )
    assert "disk is full" in answer.json["detail"]
    page = client.post(
        "/ingest",
        {"csrf_token": client.csrf()},
        upload_files=[("files", "a.txt", b"a")],
        status=507,
    )
    assert "disk is full" in page


def test_a_conflict_is_tried_again_and_never_seen(library, monkeypatch):
    tries = []
    edit = description.edit

    def contested(ctx, *args, **more):
        tries.append(1)
        if len(tries) < 4:
            raise ConflictError
        return edit(ctx, *args, **more)

    monkeypatch.setattr("recordsvc.web.pages.record.edit_record", contested)
    form = edit_form(library, "odd.txt")
    form["collection"] = "Contested"
    form.submit(status=303)
    assert len(tries) == 4


def test_a_conflict_without_end_is_a_clear_answer(library, monkeypatch):
    def contested(*_args, **_more):
        raise ConflictError

    monkeypatch.setattr("recordsvc.web.pages.record.edit_record", contested)
    monkeypatch.setattr(transactions, "pause_s", lambda _: 0.0)
    form = edit_form(library, "odd.txt")
    form["collection"] = "Never"
    assert "please try again" in form.submit(status=503)


def test_two_writers_of_one_record_meet_no_conflict(library):
    """One of two changes at the same revision wins, the other learns of it."""
    record_id, revision = library.record("odd.txt")
    answers = []

    def write(value):
        answer = library.client().patch_json(
            f"/api/v1/records/{record_id}",
            {"collection": value},
            headers={**tokens, "If-Match": "*"},
            expect_errors=True,
        )
        answers.append(answer.status_int)

    tokens = library.token("librarian")
    threads = [threading.Thread(target=write, args=(f"Shelf {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 4
    assert library.record("odd.txt")[1] == revision + 4
