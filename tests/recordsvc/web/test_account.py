"""Log-in, sessions, forged forms and the language."""

import pytest

from recordsvc.services import accounts
from recordsvc.services.context import SYSTEM
from recordsvc.web.security import Attempts

from .conftest import PASSWORD


def test_log_in_and_log_out(library):
    client = library.client()
    answer = client.log_in("officer", next="/retention")
    assert answer.status_int == 303
    assert answer.location.endswith("/retention")
    page = client.get("/")
    assert "officer" in page
    page.forms[2].submit(status=303)
    assert "officer" not in client.get("/")
    client.get("/retention", status=303)


def test_a_wrong_password_and_an_unknown_login_get_the_same_answer(library):
    client = library.client(REMOTE_ADDR="192.0.2.1")
    wrong = client.log_in("reader", "not-this-one-at-all")
    unknown = client.log_in("nobody", "not-this-one-at-all")
    assert wrong.status_int == unknown.status_int == 403
    assert wrong.text.replace("reader", "nobody") == unknown.text
    client.log_in("reader")


def test_the_eleventh_try_is_refused_even_with_the_right_password(library):
    client = library.client(REMOTE_ADDR="192.0.2.2")
    for _ in range(10):
        client.log_in("administrator", "wrong-wrong-wrong")
    assert client.log_in("administrator").status_int == 429
    assert "Log out" not in client.get("/").text
    assert library.client(REMOTE_ADDR="192.0.2.3").log_in("reader").status_int == 303


def test_many_invented_logins_do_not_make_the_counter_forget():
    attempts = Attempts(most=2)
    attempts.fail("admin", "192.0.2.9")
    attempts.fail("admin", "192.0.2.9")
    for n in range(20_000):
        assert attempts.is_blocked(f"invented-{n}", "192.0.2.9") is False
    assert attempts.is_blocked("admin", "192.0.2.10")
    assert len(attempts._failures) == 2


def test_an_address_is_blocked_after_many_failures_of_any_login():
    attempts = Attempts(most_of_address=3)
    for n in range(3):
        attempts.fail(f"login-{n}", "192.0.2.9")
    attempts.succeed("login-1")
    assert attempts.is_blocked("another", "192.0.2.9")
    assert not attempts.is_blocked("another", "192.0.2.8")


def test_failures_grow_old():
    attempts = Attempts(most=1, window_s=0.0)
    attempts.fail("admin", "192.0.2.9")
    assert not attempts.is_blocked("admin", "192.0.2.9")


def test_a_new_password_ends_open_sessions(library):
    client = library.client("librarian")
    assert "librarian" in client.get("/")

    def change(ctx):
        accounts.change_password(ctx, "librarian", PASSWORD)

    library.service.run(SYSTEM, change)
    assert "librarian" not in client.get("/")


def test_log_in_begins_a_new_session(library):
    client = library.client()
    before = client.csrf()
    client.log_in("reader")
    assert client.csrf() != before


@pytest.mark.parametrize(
    "goal",
    [
        "//evil.example/",
        "https://evil.example/",
        "\\\\evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "http:///evil.example",
        "//[",
    ],
)
def test_log_in_leads_nowhere_else(library, goal):
    answer = library.client().log_in("reader", next=goal)
    assert answer.status_int == 303
    assert answer.location == "http://localhost/"


@pytest.mark.parametrize("path", ["/login", "/logout", "/language", "/ingest"])
def test_a_form_without_its_token_is_refused(library, path):
    client = library.client("officer")
    answer = client.post(path, {"login": "officer"}, status=403)
    assert "load it again" in answer
    answer = client.post(path, {"csrf_token": "guess"}, status=403)
    assert "officer" in client.get("/")


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(library):
    answer = library.client().get("/login")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_chosen_language_stays(library):
    client = library.client()
    page = client.get("/")
    form = page.forms[1]
    form["language"] = "ar"
    form.submit(status=303)
    page = client.get("/")
    assert '<html lang="ar" dir="rtl">' in page
    assert "بحث" in page


def test_the_browser_s_language_is_taken_when_none_is_chosen(anyone):
    page = anyone.get("/", headers={"Accept-Language": "pt-BR,pt;q=0.9"})
    assert '<html lang="pt" dir="ltr">' in page


def test_an_unknown_language_changes_nothing(library):
    client = library.client()
    client.post("/language", {"language": "xx", "csrf_token": client.csrf()})
    assert 'lang="en"' in client.get("/")


def test_a_file_in_place_of_a_word_is_refused(library):
    client = library.client()
    token = client.csrf()
    client.post(
        "/login",
        {"csrf_token": token, "password": PASSWORD},
        upload_files=[("login", "a.txt", b"officer")],
        status=422,
    )


@pytest.mark.parametrize("path", ["/", "/records/x", "/api/v1/search"])
def test_an_unknown_token_is_told_so(library, path):
    answer = library.client().get(
        path, headers={"Authorization": "Bearer rsvc_x_y"}, status=401
    )
    assert answer.json["status"] == 401
    assert "WWW-Authenticate" in answer.headers


def test_a_token_acts_with_the_role_of_its_account(library):
    client = library.client()
    client.get("/api/v1/retention/due", headers=library.token("reader"), status=403)
    client.get("/api/v1/retention/due", headers=library.token("officer"), status=200)
