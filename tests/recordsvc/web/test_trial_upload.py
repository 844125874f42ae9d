"""An upload that is only a trial, as the form and the API ask for it."""

from recordsvc.services.context import SYSTEM


def args_of(library, job_id):
    return library.service.view(
        SYSTEM, lambda ctx: dict(ctx.root.jobs.jobs[job_id].args)
    )


def test_the_form_asks_for_a_trial_and_its_page_says_so(library, officer):
    form = next(
        f for f in officer.get("/ingest").forms.values() if "dry_run" in f.fields
    )
    form["dry_run"] = True
    form["files"] = [("trial.txt", b"A paper for a trial.")]
    page = form.submit().follow()
    assert "This is a trial: nothing is kept." in page.text
    job_id = page.request.path.rsplit("/", 1)[-1]
    assert args_of(library, job_id)["trial"] == "yes"


def test_the_api_asks_for_a_trial(library):
    answer = library.client().post(
        "/api/v1/records?name=trial.txt&dry_run=yes",
        b"A paper for a trial.",
        headers=library.token("librarian")
        | {"Content-Type": "application/octet-stream"},
        status=202,
    )
    assert answer.json["is_trial"] is True
    assert args_of(library, answer.json["id"])["trial"] == "yes"
    assert "dry_run" not in args_of(library, answer.json["id"])["options"]
