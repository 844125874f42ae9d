"""Alike papers on the pages and over the API: shown, compared, joined, decided."""

import pytest

from recordsvc.jobs.likening import Likener
from recordsvc.jobs.sealer import Sealer

from .conftest import PAPERS, library_in

TEXT = (
    "Lighthouses shall be lit from dusk to dawn by keepers of the coast, each of whom "
)
TEXT += " ".join(f"keeps lamp number {n} of the northern shore" for n in range(12))
MORE = {
    "lamp.txt": (TEXT.encode(), {"title": "Lamps", "type": "bill"}),
    "lamp-again.txt": (f"{TEXT}\n".encode(), {"title": "Lamps", "type": "bill"}),
    "lamp-new.txt": (
        f"{TEXT} <b>amended</b>".encode(),
        {"title": "Lamps", "type": "bill", "language": "ar"},
    ),
    "lamp-closed.txt": (
        f"{TEXT}\n\n".encode(),
        {"title": "Hidden lamps", "type": "bill", "access": "closed"},
    ),
}


@pytest.fixture(scope="module")
def lamps(tmp_path_factory):
    PAPERS.update(MORE)
    try:
        made = library_in(tmp_path_factory.mktemp("lamps"), [*MORE, "water.pdf"])
    finally:
        for name in MORE:
            del PAPERS[name]
    with Sealer(made.service) as sealer:
        sealer.drain()
    with Likener(made.service) as likener:
        likener.catch_up()
    yield made
    made.service.close()


def rows(page):
    return page.text.count('name="pair"')


def test_an_officer_sees_what_waits_and_a_researcher_only_what_he_may_read(lamps):
    page = lamps.client("officer").get("/likeness")
    assert rows(page) >= 3
    assert "Hidden lamps" in page.text
    page = lamps.client("researcher").get("/likeness")
    assert "Lamps" in page.text
    assert "Hidden lamps" not in page.text
    assert rows(page) == 0
    lamps.client("reader").get("/likeness", status=403)


def test_the_page_of_a_record_leads_to_what_is_like_it(lamps):
    address = f"/records/{lamps.ids['lamp.txt']}"
    page = lamps.client("officer").get(address)
    assert "Versions, languages and formats" in page.text
    assert f"{address}/compare/{lamps.ids['lamp-again.txt']}" in page.text
    assert "Hidden lamps" not in lamps.client("researcher").get(address).text


def test_two_papers_stand_side_by_side_without_their_markup(lamps):
    one, other = lamps.ids["lamp.txt"], lamps.ids["lamp-new.txt"]
    page = lamps.client("officer").get(f"/records/{one}/compare/{other}")
    assert "<ins> &lt;b&gt;amended&lt;/b&gt;</ins>" in page.text.replace(
        "<ins>&lt;", "<ins> &lt;"
    )
    assert 'lang="ar" dir="rtl"' in page.text
    equal = lamps.client("officer").get(
        f"/records/{one}/compare/{lamps.ids['lamp-again.txt']}"
    )
    assert "The texts are equal" in equal.text
    closed = lamps.ids["lamp-closed.txt"]
    lamps.client("reader").get(f"/records/{one}/compare/{closed}", status=404)
    lamps.client("officer").get(f"/records/{one}/compare/{one}", status=422)


def test_the_api_tells_compares_and_refuses(lamps):
    officer = lamps.token("officer")
    client = lamps.client()
    one, other = lamps.ids["lamp.txt"], lamps.ids["lamp-new.txt"]
    found = client.get("/api/v1/likeness?kind=same-text", headers=officer).json
    assert {pair["kind"] for pair in found["pairs"]} == {"same-text"}
    assert found["counts"]["same-text"] == len(found["pairs"])
    told = client.get(f"/api/v1/records/{one}/likeness", headers=officer).json
    assert {a["kind"] for a in told["alike"]} >= {"same-text"}
    rows_ = client.get(f"/api/v1/records/{one}/compare/{other}", headers=officer).json
    assert rows_["counts"]["changed"] == 1
    client.get("/api/v1/likeness?kind=odd", headers=officer, status=400)
    client.put_json("/api/v1/likeness/none", {}, headers=officer, status=404)
    researcher = lamps.token("researcher")
    pair = found["pairs"][0]["id"]
    client.put_json(f"/api/v1/likeness/{pair}", {}, headers=researcher, status=403)


def test_papers_are_joined_and_parted_on_the_page(lamps):
    client = lamps.client("officer")
    one, other = lamps.ids["lamp.txt"], lamps.ids["water.pdf"]
    said = {"csrf_token": client.csrf(), "other": other, "reason": "for a trial"}
    client.post(f"/records/{one}/join", said, status=303)
    moved = client.get(f"/records/{other}", status=302)
    assert moved.location.endswith(f"/records/{one}")
    page = client.get(f"/records/{one}")
    assert "for a trial" in page.text
    again = client.post(f"/records/{one}/join", said | {"other": one}, status=422)
    assert "joined to itself" in again.text
    api = lamps.client()
    officer = lamps.token("officer")
    assert api.get(f"/api/v1/records/{other}", headers=officer).json["id"] == one
    client.post(f"/records/{one}/unjoin", said, status=303)
    client.get(f"/records/{other}", status=200)
    asked = {"other": other, "reason": "r"}
    address = f"/api/v1/records/{one}/join"
    assert api.post_json(address, asked, headers=officer).json["id"] == one
    address = f"/api/v1/records/{other}/unjoin"
    back = api.post_json(address, {"reason": "r"}, headers=officer).json
    assert (back["id"], back["joined"]) == (other, [])


def test_pairs_are_rejected_accepted_and_accepted_together(lamps):
    client = lamps.client("officer")
    token = client.csrf()
    client.post("/likeness", {"csrf_token": token, "act": "accept"}, status=422)
    page = client.get("/likeness?kind=same-text")
    ids = [i["value"] for i in page.html.select('input[name="pair"]')]
    said = {"csrf_token": token, "kind": "same-text"}
    wrong = client.post("/likeness/kind", said | {"count": "99"}, status=409)
    assert f"{len(ids)} pairs of that kind wait now, not 99" in wrong.text
    client.post("/likeness/kind", said | {"count": "many"}, status=422)
    client.post("/likeness", said | {"act": "reject", "pair": ids[0]}, status=303)
    client.post("/likeness", said | {"act": "link", "pair": ids[1]}, status=303)
    left = str(len(ids) - 2)
    client.post("/likeness/kind", said | {"count": left}, status=303)
    assert rows(client.get("/likeness?kind=same-text")) == 0
