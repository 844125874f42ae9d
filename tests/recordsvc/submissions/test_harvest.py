"""The harvest of a repository that speaks OAI-PMH, and does not always behave."""

import json

import pytest

from recordsvc.jobs import oaiclient
from recordsvc.jobs.harvesting import Harvester, HarvestOptions
from recordsvc.jobs.oaianswers import BadAnswer, read_page
from recordsvc.jobs.oaiclient import OaiClient, Politeness
from recordsvc.services import changes, foreign
from recordsvc.services.display import record_mapping
from recordsvc.services.errors import Conflict, InvalidRequest, NothingToDo, Temporary

from .oaiserver import Entry, OaiServer, Repository


@pytest.fixture
def repository():
    entries = [
        Entry(f"oai:elsewhere:{n}", f"Act number {n}", f"2024-01-0{n}T00:00:00Z")
        for n in range(1, 6)
    ]
    return Repository(entries=entries)


@pytest.fixture
def server(repository):
    served = OaiServer(repository)
    yield served
    served.close()


@pytest.fixture
def waited():
    return []


@pytest.fixture
def harvester(service, actor, server, waited):
    def made(**more):
        polite = Politeness(
            pause_s=0.0,
            longest_pause_s=30.0,
            first_pause_s=0.01,
            private_hosts=frozenset({"127.0.0.1"}),
            sleep=waited.append,
        )
        lines = []
        options = HarvestOptions(**{"access": "open", "politeness": polite} | more)
        found = Harvester(service, actor, server.url, options, report=lines.append)
        found.lines = lines
        return found

    return made


def records_of(service, actor):
    return service.view(
        actor,
        lambda ctx: {
            r.foreign.identifier: record_mapping(ctx, r)
            for r in ctx.root.records.values()
        },
    )


def test_every_page_is_harvested_and_every_record_says_where_it_is_from(
    harvester, service, actor, server, repository
):
    repository.rights = (
        '<rights xmlns="http://www.openarchives.org/OAI/2.0/rights/">'
        '<rightsReference ref="https://creativecommons.org/licenses/by/4.0/"/></rights>'
    )
    assert harvester().run()["added"] == 5
    said = records_of(service, actor)["oai:elsewhere:3"]
    assert said["title"] == "Act number 3"
    assert (said["date"], said["language"]) == ("2020-05-06", "fr")
    assert said["class"] is None
    assert said["obligation"] is None
    assert said["foreign"]["source"] == server.url
    assert said["foreign"]["repository"] == "Assembly of Elsewhere"
    assert said["foreign"]["licence"].endswith("/by/4.0/")
    assert said["foreign"]["harvested_at"]
    assert said["components"][0]["mime"] == "application/xml"


def test_the_licence_of_a_record_wins_over_that_of_its_repository(
    harvester, service, actor, repository
):
    repository.entries[0].extra = "<dc:rights>CC0</dc:rights>"
    harvester(licence="ask the clerk").run()
    found = records_of(service, actor)
    assert found["oai:elsewhere:1"]["foreign"]["licence"] == "CC0"
    assert found["oai:elsewhere:2"]["foreign"]["licence"] == "ask the clerk"


def test_the_next_harvest_asks_for_what_changed_since_the_last_one_began(
    harvester, repository
):
    harvester().run()
    repository.asked.clear()
    repository.entries[1].title = "Act number 2, amended"
    repository.entries[1].datestamp = "2024-07-01T00:00:00Z"
    assert harvester().run() == {"updated": 1, "faulty": 0}
    assert repository.asked[1]["from"] == "2024-06-01T12:00:00Z"


def test_a_changed_record_keeps_its_id_and_one_state(
    harvester, service, actor, repository
):
    harvester().run()
    before = records_of(service, actor)["oai:elsewhere:2"]
    repository.entries[1].title = "Act number 2, amended"
    repository.entries[1].datestamp = "2024-07-01T00:00:00Z"
    harvester().run()
    after = records_of(service, actor)["oai:elsewhere:2"]
    assert (after["id"], after["title"]) == (before["id"], "Act number 2, amended")
    assert len(after["components"]) == 1
    old = before["components"][0]["sha256"]
    references = service.view(actor, lambda c: c.root.bitstreams[old].references)
    assert references == ()


def test_the_same_harvest_twice_changes_nothing(harvester, service, actor):
    harvester().run()
    before = records_of(service, actor)
    assert harvester(since="2024-01-01").run() == {"unchanged": 5, "faulty": 0}
    assert records_of(service, actor) == before


def test_a_harvest_that_was_stopped_goes_on_with_its_token(
    harvester, repository, service, actor
):
    # The third request is the second page: it never comes in whole.
    repository.faults = ["", "", "bad", "bad", "bad"]
    with pytest.raises(Temporary, match="cannot be read"):
        harvester().run()
    assert len(records_of(service, actor)) == 2
    repository.asked.clear()
    assert harvester().run()["added"] == 3
    assert repository.asked[1] == {"verb": "ListRecords", "resumptionToken": "|2"}


def test_an_expired_token_begins_anew_and_takes_nothing_twice(
    harvester, repository, service, actor
):
    repository.faults = ["", "", "bad", "bad", "bad"]
    with pytest.raises(Temporary):
        harvester().run()
    repository.expired.add("|2")
    assert harvester().run() == {"unchanged": 2, "added": 3, "faulty": 0}
    assert len(records_of(service, actor)) == 5


def test_one_bad_answer_is_asked_for_again(harvester, repository):
    repository.faults = ["", "bad"]
    assert harvester().run()["added"] == 5


def test_a_busy_repository_is_given_the_time_it_asks_for(harvester, repository, waited):
    repository.faults = ["busy", "busy"]
    assert harvester().run()["added"] == 5
    assert waited.count(1.0) == 2


def test_a_repository_that_asks_for_a_day_is_left_for_another_time(
    harvester, repository
):
    repository.faults = ["patience"]
    with pytest.raises(Temporary, match="86400 s of patience"):
        harvester().run()


def test_a_deleted_record_is_closed_and_says_so(harvester, service, actor, repository):
    harvester().run()
    repository.entries[0].deleted = True
    repository.entries[0].datestamp = "2024-08-01T00:00:00Z"
    repository.entries.append(
        Entry("oai:elsewhere:9", "", "2024-08-01T00:00:00Z", deleted=True)
    )
    assert harvester().run() == {"withdrawn": 1, "absent": 1, "faulty": 0}
    said = records_of(service, actor)["oai:elsewhere:1"]
    assert said["access"] == "closed"
    assert said["foreign"]["withdrawn_at"]


def test_a_withdrawn_record_that_comes_back_is_open_again(
    harvester, service, actor, repository
):
    harvester().run()
    repository.entries[0].deleted = True
    repository.entries[0].datestamp = "2024-08-01T00:00:00Z"
    harvester().run()
    repository.entries[0].deleted = False
    assert harvester().run()["updated"] == 1
    said = records_of(service, actor)["oai:elsewhere:1"]
    assert (said["access"], said["foreign"]["withdrawn_at"]) == ("open", None)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("away", "sends us to elsewhere.invalid"),
        ("huge", "more than"),
        ("gone", "answers 404"),
    ],
)
def test_a_repository_that_leads_astray_is_refused(
    harvester, repository, fault, message
):
    repository.faults = [fault]
    with pytest.raises(InvalidRequest, match=message):
        harvester().run()


def test_an_answer_with_entities_is_never_parsed(harvester, repository):
    repository.faults = ["doctype"] * 3
    with pytest.raises(Temporary, match="DOCTYPE"):
        harvester().run()


def test_a_private_address_is_refused_unless_it_was_named(server):
    client = OaiClient(server.url, Politeness(sleep=lambda _: None))
    with pytest.raises(InvalidRequest, match="private_hosts"):
        client.ask({"verb": "Identify"})


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.invalid/oai",
        "http:///oai",
        "http://user:word@a.invalid/oai",
        "http://a.invalid/oai?verb=Identify",
        "http://a.invalid:99999/oai",
    ],
)
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(InvalidRequest):
        OaiClient(url, Politeness())


def test_an_answer_that_trickles_is_cut(server, repository, monkeypatch):
    monkeypatch.setattr(oaiclient, "MAX_SECONDS", 0.2)
    monkeypatch.setattr(oaiclient, "TRIES", 1)

    def slow(query):
        import time

        time.sleep(1.0)
        return 200, {}, b""

    monkeypatch.setattr(repository, "answer", slow)
    polite = Politeness(sleep=lambda _: None, private_hosts=frozenset({"127.0.0.1"}))
    with pytest.raises(Temporary):
        OaiClient(server.url, polite).ask({"verb": "Identify"})


def test_a_foreign_record_takes_no_class_before_it_is_adopted(
    harvester, service, actor
):
    harvester().run()
    (record_id, *_) = [r["id"] for r in records_of(service, actor).values()]

    with pytest.raises(Conflict, match="recordsvc adopt"):
        service.run(
            actor, lambda c: changes.set_class(c, c.root.records[record_id], "A")
        )
    service.run(actor, lambda c: foreign.adopt(c, record_id, "laid before the House"))
    said = next(r for r in records_of(service, actor).values() if r["id"] == record_id)
    assert said["foreign"]["adopted_on"]
    assert "adopt" in [e["type"] for e in said["events"]]
    with pytest.raises(NothingToDo):
        service.run(actor, lambda c: foreign.adopt(c, record_id, "again"))


def test_what_was_adopted_does_not_change_with_its_source(
    harvester, service, actor, repository
):
    harvester().run()
    found = records_of(service, actor)["oai:elsewhere:1"]
    service.run(actor, lambda c: foreign.adopt(c, found["id"], "laid"))
    repository.entries[0].title = "Another title"
    repository.entries[0].datestamp = "2024-08-01T00:00:00Z"
    assert harvester().run()["kept"] == 1
    assert records_of(service, actor)["oai:elsewhere:1"]["title"] == "Act number 1"


def test_a_trial_says_the_same_and_keeps_nothing(harvester, service, actor, settings):
    assert harvester(dry_run=True).run()["added"] == 5
    assert records_of(service, actor) == {}
    assert not (settings.data_dir / "harvest").exists()


def test_a_page_with_a_faulty_record_gives_the_others():
    body = Repository(entries=[Entry("oai:a:1", "One"), Entry("", "Nameless")]).page_of(
        {"verb": "ListRecords"}
    )
    page = read_page(body.encode())
    assert (len(page.records), page.faulty) == (1, 1)


def test_control_characters_do_not_stop_a_page():
    body = Repository(entries=[Entry("oai:a:1", "One")]).page_of(
        {"verb": "ListRecords"}
    )
    page = read_page(body.replace("One", "O\x0bne").encode())
    assert page.records[0].description.first("title") == "O ne"


def test_an_answer_of_another_kind_is_refused():
    with pytest.raises(BadAnswer):
        read_page(b"<html/>")


def test_the_place_of_a_harvest_names_no_record(harvester, settings):
    harvester().run()
    (place,) = (settings.data_dir / "harvest").iterdir()
    assert json.loads(place.read_text())["until"] == "2024-06-01T12:00:00Z"
