"""Reminders and notices, against a mail server that speaks SMTP."""

import threading
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordsvc.bootstrap import Service, init_store, open_service
from recordsvc.jobs import postman, worker
from recordsvc.jobs.postman import message_of
from recordsvc.jobs.worker import Worker
from recordsvc.model import DisposalList, ListItem, Record
from recordsvc.model.disposal import Act
from recordsvc.model.mail import PAUSES, LetterKind
from recordsvc.services import accounts, addresses, letters
from recordsvc.services.context import LOCAL_ADMINISTRATOR, SYSTEM
from recordsvc.services.disposal import reminding
from recordsvc.services.errors import Conflict, InvalidRequest, NotAllowed
from recordsvc.services.letters import Worded
from recordsvc.settings import SettingsError, settings_from

from .smtp_sink import certificate_in, mail_server

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
PASSWORD = "a long password"
PEOPLE = {
    "olga": "officer",
    "omar": "officer",
    "ada": "approver",
    "rita": "reader",
    "nobody": "approver",
}
SECRET_TITLE = "Divorce of the member for Eastmoor"


@pytest.fixture
def sink():
    with mail_server() as found:
        yield found


@pytest.fixture
def house(tmp_path, sink):
    made = house_in(tmp_path, sink, languages="en ar")
    yield made
    made.close()


def house_in(folder, sink=None, **more):
    port = {"recordsvc.smtp_port": str(sink.port)} if sink else {}
    host = {"recordsvc.smtp_host": "127.0.0.1"} if sink else {}
    settings = settings_from(
        {
            "recordsvc.data_dir": str(folder / "var"),
            "search.engine": "memory",
            "recordsvc.parliament": "Assembly of Tessara",
            "recordsvc.url": "https://records.tessara.invalid",
            "recordsvc.smtp_tls": "none",
            **host,
            **port,
            **{f"recordsvc.{name}": value for name, value in more.items()},
        },
        {},
    )
    init_store(settings, is_test=False, admin="admin", password=PASSWORD)
    service = open_service(settings, {})

    def people(ctx):
        for login, role in PEOPLE.items():
            accounts.create_account(ctx.root, login, role, PASSWORD)
            if login != "nobody":
                addresses.set_address(ctx, login, f"{login}@tessara.invalid")

    service.run(SYSTEM, people)
    return service


def act(service: Service, work, *, at=NOON, actor=SYSTEM):
    """Run a use case at an instant."""
    return service.run(actor, lambda ctx: work(replace(ctx, clock=lambda: at)))


def put_list(service, list_id="4be1", *, verdict=None, by="olga", on=NOON):
    """Put a list there whose one record has a title that no letter may hold."""

    def work(ctx):
        record = Record("a" * 32)
        record.titles = (("en", SECRET_TITLE),)
        ctx.root.records[record.id] = record
        found = DisposalList(list_id, on.date())
        found.items[record.id] = ListItem(
            record_id=record.id,
            action="destroy",
            due_on=date(2026, 1, 1),
            digest="0",
            unit="BUS",
            verdict=verdict,
            judged_by="omar" if verdict else "",
        )
        found.acts = (
            Act(kind="propose", login=by, role="officer", at=on, on=on.date()),
        )
        ctx.root.disposal_lists[list_id] = found

    act(service, work)


def body_of(letter):
    """Return what a letter says, with the line ends of this machine."""
    return letter.get_content().replace("\r\n", "\n")


def remind(service, at=NOON):
    """Write the digests of a day; return the logins that got one."""
    logins = act(service, reminding.people_to_remind, at=at)
    return {
        login
        for login in logins
        if act(service, lambda ctx, who=login: bool(reminding.remind(ctx, who)), at=at)
    }


def states(service):
    return service.view(
        SYSTEM,
        lambda ctx: {x.login: (str(x.state), x.error) for x in ctx.root.letter_box},
    )


def test_who_may_judge_is_told_and_who_may_approve_when_all_is_judged(house, sink):
    put_list(house, "4be1")
    put_list(house, "77aa", verdict="destroy")
    assert remind(house) == {"olga", "omar", "ada"} - {"olga"}
    assert postman.deliver(house) == 2
    by_reader = {letter["To"]: letter for letter in sink.letters}
    omar, ada = (by_reader[f"{who}@tessara.invalid"] for who in ("omar", "ada"))
    assert omar["Subject"] == "Assembly of Tessara: disposal lists wait for you (1)"
    body = body_of(omar)
    assert "To be judged: 1\n" in body
    assert "https://records.tessara.invalid/disposal/4be1\n" in body
    assert "77aa" not in body
    assert "To be approved: 1\n" in body_of(ada)
    assert "disposal/77aa" in body_of(ada)
    assert ada["Auto-Submitted"] == "auto-generated"
    assert ada["From"] == "records@parliament.invalid"


def test_no_letter_says_anything_of_a_paper_or_of_a_person(house, sink):
    put_list(house, verdict="destroy")
    remind(house)
    postman.deliver(house)
    assert sink.letters
    for letter in sink.letters:
        whole = letter.as_string() + letter.get_content()
        for word in ("Divorce", "Eastmoor", "a" * 32, "BUS", "omar judged", PASSWORD):
            assert word not in whole


def test_a_person_gets_one_digest_a_day_and_the_next_when_there_is_news(house):
    put_list(house)
    assert remind(house) == {"omar", "ada"}
    assert remind(house, NOON + timedelta(hours=5)) == set()
    assert remind(house, NOON + timedelta(days=1)) == set()
    put_list(house, "77aa")
    assert remind(house, NOON + timedelta(hours=6)) == set()
    assert remind(house, NOON + timedelta(days=1)) == {"omar", "ada"}


def test_silence_is_told_again_after_a_week_and_when_it_grows_long(house):
    put_list(house)
    told = [
        day for day in range(40) if "omar" in remind(house, NOON + timedelta(days=day))
    ]
    assert told == [0, 7, 14, 21, 28, 35]
    entries = house.view(SYSTEM, lambda ctx: ctx.root.accounts["omar"].reminded_of)
    assert entries == (("judge", "4be1", "28"),)


def test_who_proposed_a_list_hears_of_it_when_nobody_acts_for_long(house, sink):
    put_list(house)
    assert "olga" not in remind(house, NOON + timedelta(days=27))
    assert "olga" in remind(house, NOON + timedelta(days=28))
    postman.deliver(house)
    (mine,) = [x for x in sink.letters if x["To"] == "olga@tessara.invalid"]
    assert "Nobody acts: 1" in mine.get_content()
    assert "(nobody has acted for 28 days)" in mine.get_content()


def test_nobody_is_reminded_in_the_night(house):
    put_list(house)
    assert remind(house, NOON.replace(hour=5)) == set()
    assert remind(house, NOON.replace(hour=6)) == {"omar", "ada"}


def test_a_letter_is_in_the_language_its_reader_chose(house, sink):
    put_list(house)
    act(house, lambda ctx: addresses.set_address(ctx, "ada", "ada@x.invalid", "ar"))
    remind(house)
    postman.deliver(house)
    (mine,) = [
        x
        for x in sink.letters
        if x["To"] == "ada@x.invalid" and x["Content-Language"] == "ar"
    ]
    assert "للحكم: 1" in mine.get_content()
    assert mine["Subject"].startswith("Assembly of Tessara: قوائم")


def test_every_language_says_everything():
    found = letters.words_in("en")
    from recordsvc.services.letterwords import every_language

    for words in every_language().values():
        assert set(words.subject) == set(words.lead) == {str(k) for k in LetterKind}
        assert list(words.waiting) == list(found.waiting)
        for text in (*words.subject.values(), *words.lead.values()):
            assert "%" not in text % {"house": "H", "n": 1}
        assert "14" in words.silent % {"days": 14}


def test_without_a_mail_server_nothing_is_written_or_sent(tmp_path):
    house = house_in(tmp_path)
    try:
        put_list(house)
        assert remind(house) == set()
        act(house, lambda ctx: accounts.change_password(ctx, "ada", "another long"))
        assert postman.deliver(house) == 0
        assert states(house) == {}
    finally:
        house.close()


def test_a_refused_letter_is_tried_again_and_parked_the_fourth_time(house, sink):
    act(house, lambda ctx: accounts.change_password(ctx, "ada", "another long one"))
    sink.refusals += [b"450 4.2.0 greylisted", b"550 5.1.1 no such user"] * 2
    at = datetime.now(UTC)
    for attempt in range(4):
        claimed = act(house, letters.claim, at=at)
        failure = postman._failure(house.settings, claimed)
        assert failure.startswith("the server refused the address: ")
        settle = partial(letters.settle, letter_id=claimed.id, failure=failure)
        state = act(house, settle)
        assert state == ("parked" if attempt == 3 else "waiting")
        assert act(house, letters.claim, at=at) is None
        at += PAUSES[min(attempt, 2)]
    assert states(house)["ada"] == (
        "parked",
        "the server refused the address: 550 5.1.1 no such user",
    )
    act(house, lambda ctx: letters.retry(ctx, claimed.id))
    assert postman.deliver(house) == 1
    assert states(house)["ada"] == ("sent", None)
    with pytest.raises(Conflict):
        act(house, lambda ctx: letters.retry(ctx, claimed.id))


def test_a_server_that_is_away_costs_an_attempt_and_no_letter(house, sink):
    act(house, lambda ctx: accounts.change_password(ctx, "ada", "another long one"))
    gone = replace(house.settings, smtp_port=1)
    house.settings = gone
    assert postman.deliver(house) == 0
    state, error = states(house)["ada"]
    assert state == "waiting"
    assert "refused" in error.lower()
    assert sink.letters == []


def test_a_letter_sent_by_a_worker_that_died_goes_again_under_the_same_id(house, sink):
    act(house, lambda ctx: accounts.change_password(ctx, "ada", "another long one"))
    claimed = house.run(SYSTEM, letters.claim)
    assert postman._failure(house.settings, claimed) is None
    later = datetime.now(UTC) + PAUSES[0]
    again = act(house, letters.claim, at=later)
    assert postman._failure(house.settings, again) is None
    assert len({letter["Message-ID"] for letter in sink.letters}) == 1
    assert len(sink.letters) == 2


def test_a_refused_act_leaves_no_letter(house):
    def work(ctx):
        accounts.change_password(ctx, "ada", "another long one")
        raise Conflict("not now")

    with pytest.raises(Conflict):
        act(house, work)
    assert states(house) == {}


def test_an_owner_hears_that_an_administrator_reset_the_password(house, sink):
    act(house, lambda ctx: accounts.change_password(ctx, "ada", "another long one"))
    postman.deliver(house)
    (letter,) = sink.letters
    assert letter["To"] == "ada@tessara.invalid"
    assert "An administrator" in letter.get_content()
    assert "another long one" not in letter.as_string()


def test_the_address_of_before_hears_that_it_is_none_any_more(house, sink):
    act(house, lambda ctx: addresses.set_address(ctx, "ada", "evil@x.invalid"))
    act(house, lambda ctx: accounts.change_password(ctx, "ada", "another long one"))
    postman.deliver(house)
    assert {x["To"] for x in sink.letters} == {"ada@tessara.invalid", "evil@x.invalid"}
    kept = house.view(SYSTEM, lambda ctx: [x.address for x in ctx.root.letter_box])
    assert kept == ["", ""]


def test_a_newer_digest_takes_the_place_of_one_that_has_not_gone(house, sink):
    put_list(house)
    remind(house)
    put_list(house, "77aa")
    remind(house, NOON + timedelta(days=1))
    postman.deliver(house)
    mine = [x for x in sink.letters if x["To"] == "omar@tessara.invalid"]
    assert len(mine) == 1
    assert "To be judged: 2" in mine[0].get_content()


def test_a_disabled_account_gets_nothing(house, sink):
    act(house, lambda ctx: accounts.change_password(ctx, "ada", "another long one"))
    act(house, lambda ctx: setattr(ctx.root.accounts["ada"], "disabled", True))
    assert postman.deliver(house) == 0
    assert states(house)["ada"][0] == "dropped"
    assert sink.letters == []


def test_letters_that_are_done_with_are_forgotten_and_parked_ones_stay(house):
    act(house, lambda ctx: accounts.change_password(ctx, "ada", "another long one"))
    act(house, lambda ctx: accounts.change_password(ctx, "omar", "another long one"))
    postman.deliver(house)

    def park(ctx):
        letter = next(x for x in ctx.root.letter_box if x.login == "omar")
        letter.state = "parked"

    act(house, park)
    later = datetime.now(UTC) + timedelta(days=1)
    assert act(house, lambda ctx: ctx.root.letter_box.forget(later)) == 1
    assert list(states(house)) == ["omar"]


def test_the_worker_sends_what_a_transaction_has_written(house, sink, monkeypatch):
    monkeypatch.setattr(worker, "POLL_MAIL_S", 0.05)
    stop = threading.Event()
    thread = threading.Thread(target=Worker(house, stop, {}).run)
    thread.start()
    try:
        act(house, lambda ctx: accounts.change_password(ctx, "ada", "another long one"))
        deadline = time.monotonic() + 10
        while not sink.letters:
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        stop.set()
        thread.join()
    assert sink.recipients == ["TO:<ada@tessara.invalid>"]


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_letter_and_the_password_cross_the_network_encrypted(
    tmp_path, monkeypatch, tls
):
    context, trusted = certificate_in(tmp_path)
    secret = tmp_path / "password"
    secret.write_text("s3cret of the house\n")
    login = {"smtp_user": "recordsvc", "smtp_password_file": str(secret)}
    with mail_server(context, is_tls=tls == "tls") as sink:
        house = house_in(
            tmp_path, sink, smtp_tls=tls, **login, mail_from="archive@tessara.invalid"
        )
        house.settings = replace(house.settings, smtp_host="localhost")
        act(house, lambda ctx: accounts.change_password(ctx, "ada", "another long one"))
        # An unknown authority is none.
        assert postman.deliver(house) == 0
        assert "CERTIFICATE_VERIFY_FAILED" in states(house)["ada"][1]
        assert sink.secrets == sink.letters == []
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        act(
            house,
            lambda ctx: setattr(next(iter(ctx.root.letter_box)), "not_before", None),
        )
        assert postman.deliver(house) == 1
        house.close()
    assert sink.encrypted == [True]
    assert sink.secrets == [":recordsvc:s3cret of the house"]
    assert sink.letters[0]["From"] == "archive@tessara.invalid"


def test_a_password_is_not_sent_in_the_open_to_another_machine():
    values = {
        "recordsvc.data_dir": "x",
        "recordsvc.smtp_host": "mail.example",
        "recordsvc.smtp_tls": "none",
        "recordsvc.smtp_user": "u",
    }
    with pytest.raises(SettingsError, match="in the open"):
        settings_from(values, {})
    settings_from(values | {"recordsvc.smtp_host": "localhost"}, {})


@pytest.mark.parametrize(
    ("key", "value"), [("smtp_tls", "ssl"), ("smtp_port", "0"), ("smtp_port", "x")]
)
def test_a_mail_setting_that_is_none_is_named(key, value):
    with pytest.raises(SettingsError, match=key):
        settings_from({"recordsvc.data_dir": "x", f"recordsvc.{key}": value}, {})


@pytest.mark.parametrize(
    "text",
    [
        "ada",
        "ada@",
        "@x.invalid",
        "ada@x.invalid\r\nBcc: eve@x.invalid",
        "ada@x.invalid, eve@x.invalid",
        "Ada <ada@x.invalid>",
        "ada@x..invalid",
        "ä@x.invalid",
        "a" * 65 + "@x.invalid",
        "a@" + "x" * 260,
        # The postman could not write a letter to any of these, and would stop there.
        ".ada@x.invalid",
        "ada.@x.invalid",
        "ada@.invalid",
        "ada@-x.invalid",
        "ada@x-.invalid",
    ],
)
def test_what_is_no_address_is_refused(house, text):
    with pytest.raises(InvalidRequest, match="no e-mail address"):
        act(house, lambda ctx: addresses.set_address(ctx, "ada", text))


@given(st.from_regex(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,12}@[A-Za-z0-9.-]{1,9}"))
def test_a_letter_can_be_written_to_every_address_that_is_taken(text):
    if not addresses.is_address(text):
        return
    made = message_of(
        Worded(
            id="0" * 32,
            to=text,
            sender="records@x.invalid",
            subject="Lists",
            body="Lists\n",
            language="en",
            written_at=datetime(2026, 6, 1, tzinfo=UTC),
        )
    )
    (found,) = made["To"].addresses
    assert found.addr_spec == text
    assert made.as_bytes().count(b"@x.invalid>") == 1


def test_an_address_is_its_owner_s_and_the_administrator_s_business(house):
    olga = house.view(SYSTEM, lambda ctx: accounts.actor_of_login(ctx.root, "olga"))
    act(house, lambda ctx: addresses.set_address(ctx, "olga", ""), actor=olga)
    with pytest.raises(NotAllowed):
        act(house, lambda ctx: addresses.set_address(ctx, "ada", "x@y.z"), actor=olga)
    act(
        house,
        lambda ctx: addresses.set_address(ctx, "ada", "x@y.z"),
        actor=LOCAL_ADMINISTRATOR,
    )
