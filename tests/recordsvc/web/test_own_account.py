"""A person's own account: password, sessions, tokens, address."""

import pytest

from recordsvc.bootstrap import init_store, open_service
from recordsvc.services import accounts
from recordsvc.services.context import SYSTEM
from recordsvc.web import make_app

from .conftest import PASSWORD, Library, settings_in

NEW = "quite another one"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory):
    """A store that is no test store: people prove who they are."""
    settings = settings_in(tmp_path_factory.mktemp("house"))
    init_store(settings, is_test=False, admin="root", password=PASSWORD)
    service = open_service(settings, {})
    application = make_app(service, validate_answers=True)
    yield Library(service=service, application=application, ids={})
    application.registry.pages.close()
    service.close()


@pytest.fixture
def ada(house, request):
    """A client of an approver whom no other test knows."""
    login = f"ada{abs(hash(request.node.name)) % 10**9}"
    house.service.run(
        SYSTEM,
        lambda ctx: accounts.create_account(ctx.root, login, "approver", PASSWORD),
    )
    client = house.client()
    client.log_in(login)
    client.login = login
    return client


def change(client, *, current=PASSWORD, new=NEW, again=NEW):
    form = client.get("/account").forms["account-password"]
    form["current"], form["new"], form["again"] = current, new, again
    return form.submit(expect_errors=True)


def test_a_person_changes_the_password_and_stays_logged_in_alone(house, ada):
    other = house.client()
    other.log_in(ada.login)
    answer = change(ada)
    assert answer.status_int == 303
    page = answer.follow()
    assert "Your password is changed" in page
    assert ada.login in page
    assert "Your password is changed" not in ada.get("/account")
    other.get("/account", status=303)
    assert house.client().log_in(ada.login).status_int == 403
    assert house.client().log_in(ada.login, NEW).status_int == 303


def test_tokens_end_with_the_password(house, ada):
    made = house.service.run(
        SYSTEM,
        lambda ctx: accounts.issue_token(ctx.root, ada.login, self_made=True),
    )
    headers = {"Authorization": f"Bearer {made}"}
    house.client().get("/api/v1/holds", headers=headers, status=200)
    change(ada)
    house.client().get("/api/v1/holds", headers=headers, status=401)


@pytest.mark.parametrize(
    ("fields", "status", "why"),
    [
        ({"current": "not this one"}, 403, "the current password is not this one"),
        ({"again": "another still"}, 422, "not written twice alike"),
        ({"new": "short", "again": "short"}, 422, "at least 10 characters"),
        ({"new": PASSWORD, "again": PASSWORD}, 409, "your password already"),
    ],
)
def test_a_change_that_is_refused_says_why_and_changes_nothing(
    house, ada, fields, status, why
):
    answer = change(ada, **fields)
    assert answer.status_int == status
    assert why in answer
    assert house.client().log_in(ada.login).status_int == 303


def test_a_stolen_session_cannot_try_passwords_at_leisure(house, ada):
    for _ in range(10):
        change(ada, current="a guess of mine")
    answer = change(ada)
    assert answer.status_int == 429
    assert "too many attempts" in answer


def test_a_reset_is_told_and_the_owner_s_change_ends_it(house, ada):
    house.service.run(
        SYSTEM, lambda ctx: accounts.change_password(ctx, ada.login, "of the admin")
    )
    ada.log_in(ada.login, "of the admin")
    assert "An administrator has set your password" in ada.get("/account")
    token = ada.csrf()
    refused = ada.post("/holds/no-such/lift", {"csrf_token": token}, status=403)
    assert "change your password first" in refused
    change(ada, current="of the admin")
    assert "An administrator has set" not in ada.get("/account")
    ada.post("/holds/no-such/lift", {"csrf_token": ada.csrf()}, status=404)


def test_a_person_keeps_an_address_in_the_language_of_the_page(house, ada):
    page = ada.get("/account")
    assert "No mail server is set" in page
    form = page.forms["account-address"]
    form["email"] = "ada@tessara.invalid"
    assert (
        "Your address is kept"
        in form.submit(headers={"Accept-Language": "pt"}, status=303).follow()
    )
    account = house.service.view(SYSTEM, lambda ctx: ctx.root.accounts[ada.login])
    assert (account.email, account.language) == ("ada@tessara.invalid", "pt")
    form = ada.get("/account").forms["account-address"]
    form["email"] = "ada@tessara.invalid, eve@x.invalid"
    assert "no e-mail address" in form.submit(status=422)


def test_nobody_has_an_account_page_without_an_account(house):
    house.client().get("/account", status=303)
    house.client().post("/account/password", {}, status=303)
