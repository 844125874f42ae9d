"""What every answer carries, and how refusals are told."""

import re
from pathlib import Path

import pytest

from recordsvc.search.index import IndexDamaged
from recordsvc.web import languages

TEMPLATES = sorted((Path(languages.__file__).parent / "templates").glob("*.jinja2"))


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/search?q=water",
        "/search?q=(",
        "/login",
        "/nowhere",
        "/static/site.css",
        "/api/v1/openapi.json",
        "/api/v1/openapi.yaml",
        "/api/v1/search",
        "/api/v1/nowhere",
        "/records/nothing",
        "/search?q=%ff",
        "/%ff",
        "/-/live",
        "/-/ready",
    ],
)
def test_every_answer_carries_the_protecting_headers(anyone, path):
    answer = anyone.get(path, expect_errors=True)
    assert answer.status_int < 500
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "Cache-Control" in answer.headers


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: p.stem)
def test_no_template_holds_what_the_policy_forbids(template):
    text = template.read_text()
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son[a-z]+=[\"']", text)
    assert "<style" not in text
    assert "|safe" not in text.replace(" ", "")
    for script in re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL):
        assert script == ""


@pytest.mark.parametrize(
    "path", ["/search?q=%ff", "/records/%ff", "/%ff", "/login?next=%ff"]
)
def test_an_address_that_is_no_utf_8_is_refused(anyone, path):
    answer = anyone.get(path, status=400)
    assert "UTF-8" in answer.json["detail"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/search?limit=ten", 400),
        ("/api/v1/search?limit=201", 400),
        ("/api/v1/search?sort=colour", 400),
        ("/api/v1/search?facet=colour", 400),
        ("/api/v1/search?q=(", 422),
        ("/api/v1/search?cursor=AAAA", 400),
        ("/api/v1/records/none", 404),
        ("/api/v1/records/none/text", 404),
        ("/api/v1/retention/due", 401),
        ("/api/v1/links", 401),
        ("/api/v1/nowhere", 404),
    ],
)
def test_a_refusal_to_a_program_is_problem_json(anyone, path, status):
    answer = anyone.get(path, status=status)
    assert answer.content_type == "application/problem+json"
    told = answer.json
    assert told["status"] == status
    assert told["type"] == "about:blank"
    assert told["title"]
    assert told["detail"]


def test_a_query_error_tells_a_program_its_column(anyone):
    assert anyone.get("/api/v1/search?q=water+(", status=422).json["column"] == 7


def test_the_form_of_a_refusal_follows_the_accept_header(anyone):
    answer = anyone.get("/nowhere", headers={"Accept": "application/json"}, status=404)
    assert answer.content_type == "application/problem+json"
    answer = anyone.get("/nowhere", headers={"Accept": "text/html"}, status=404)
    assert answer.content_type == "text/html"


def test_a_fault_tells_nothing_of_the_program(library, monkeypatch):
    def broken(*_args, **_more):
        raise RuntimeError("a secret path /var/lib")

    monkeypatch.setattr("recordsvc.web.pages.search.search", broken)
    page = library.client().get("/search", status=500)
    assert "secret" not in page
    assert "nothing was changed" in page


def test_health(library, monkeypatch):
    client = library.client()
    assert client.get("/-/live").json == {"status": "alive"}
    assert client.get("/-/ready").json == {"status": "ready"}

    def damaged():
        raise IndexDamaged("gone")

    monkeypatch.setattr(library.service, "search", damaged)
    client.get("/-/ready", status=503)
    client.get("/-/live", status=200)


def test_the_api_answers_as_it_is_described(library):
    """Answers are checked against the description by the application itself."""
    client, headers = library.client(), library.token("officer")
    water = library.ids["water.pdf"]
    found = client.get("/api/v1/search?facet=type&facet=year&limit=1").json
    assert found["hits"][0]["title"]
    assert found["next"]
    more = client.get("/api/v1/search", {"limit": "1", "cursor": found["next"]})
    assert more.json["hits"][0]["id"] != found["hits"][0]["id"]
    client.get(f"/api/v1/records/{water}")
    pages = client.get(f"/api/v1/records/{water}/text").json["pages"]
    assert [page["number"] for page in pages] == [1, 2]
    client.get(f"/api/v1/records/{water}/files/water.pdf")
    client.get("/api/v1/retention/due?on=2030-01-01", headers=headers)
    client.get("/api/v1/retention/due?on=x", headers=headers, status=400)
    client.get(f"/api/v1/questions/{water}", headers=headers)
    client.get("/api/v1/links", headers=headers)
    client.get("/api/v1/links/suggestions", headers=headers)
    client.put("/api/v1/links/none", headers=headers, status=404)
    client.delete("/api/v1/links/none", headers=headers, status=404)
    client.get("/api/v1/jobs/none", headers=headers, status=404)
