"""Whose password it is decides what an account may do."""

import pytest

from recordsvc.services import accounts
from recordsvc.services.access import authorize, may
from recordsvc.services.context import LOCAL_ADMINISTRATOR, SYSTEM
from recordsvc.services.errors import (
    InvalidRequest,
    NotAllowed,
    NothingToDo,
    TextTooLong,
)

from .conftest import PASSWORD

NEW = "quite another one"
OWN_ACTS = ("disposal.judge", "disposal.approve", "hold.lift", "schedule.issue")


def logged_in(service, password=PASSWORD):
    return service.view(
        SYSTEM, lambda ctx: accounts.verify_password(ctx.root, "ada", password)
    )


def reset(service, password=NEW):
    service.run(SYSTEM, lambda ctx: accounts.change_password(ctx, "ada", password))


def change(service, current, new):
    return service.run(
        SYSTEM, lambda ctx: accounts.change_own_password(ctx, "ada", current, new)
    )


def token(service, *, self_made=True):
    return service.run(
        SYSTEM, lambda ctx: accounts.hand_out_token(ctx, "ada", self_made=self_made)
    )


def actor_of(service, text):
    return service.view(SYSTEM, lambda ctx: accounts.actor_of_token(ctx.root, text))


def test_an_account_acts_with_the_password_it_was_made_with(service):
    assert all(may(logged_in(service), act) for act in OWN_ACTS)


def test_after_a_reset_an_account_cannot_do_what_needs_its_own_credential(service):
    reset(service)
    actor = logged_in(service, NEW)
    assert not any(may(actor, act) for act in OWN_ACTS)
    assert may(actor, "disposal.view")
    with pytest.raises(NotAllowed, match="password that only its owner knows"):
        service.run(actor, lambda ctx: authorize(ctx, "disposal.approve"))


def test_a_token_made_after_a_reset_cannot_do_it_either(service):
    reset(service)
    assert not may(actor_of(service, token(service)), "disposal.approve")


def test_the_owner_s_change_gives_the_account_back_to_its_owner(service):
    reset(service)
    actor = change(service, NEW, "known to ada alone")
    assert all(may(actor, act) for act in OWN_ACTS)
    assert logged_in(service, "known to ada alone") == actor
    assert may(actor_of(service, token(service)), "disposal.approve")
    assert not may(
        actor_of(service, token(service, self_made=False)), "disposal.approve"
    )


def test_a_new_password_ends_the_tokens_of_that_account_alone(service):
    mine = token(service)
    other = service.run(
        SYSTEM, lambda ctx: accounts.hand_out_token(ctx, "admin", self_made=True)
    )
    for act in (reset, lambda s: change(s, NEW, PASSWORD)):
        act(service)
        with pytest.raises(NotAllowed, match="not known"):
            actor_of(service, mine)
        mine = token(service)
    assert actor_of(service, other).login == "admin"


def test_a_wrong_current_password_changes_nothing(service):
    with pytest.raises(NotAllowed, match="do not belong together"):
        change(service, "not hers at all", NEW)
    with pytest.raises(NothingToDo):
        change(service, PASSWORD, PASSWORD)
    with pytest.raises(InvalidRequest, match="at least 10"):
        change(service, PASSWORD, "short")
    with pytest.raises(TextTooLong, match="at most 1000"):
        change(service, PASSWORD, "x" * 1001)
    logged_in(service)


def test_the_trail_tells_who_has_changed_a_password(service):
    reset(service)
    change(service, NEW, PASSWORD)

    def look(ctx):
        return {
            (entry.event.agent, dict(entry.event.facts)["by"])
            for entry in ctx.root.audit.pending_entries()
            if entry.event.type == "password-changed"
        }

    assert service.view(SYSTEM, look) == {("system", "another"), ("ada", "owner")}


def test_only_who_may_change_accounts_resets(service):
    ada = logged_in(service)
    with pytest.raises(NotAllowed):
        service.run(ada, lambda ctx: accounts.change_password(ctx, "admin", NEW))
    service.run(
        LOCAL_ADMINISTRATOR, lambda ctx: accounts.change_password(ctx, "ada", NEW)
    )


def test_in_a_test_store_nobody_proves_who_he_is(trial):
    reset(trial)
    assert may(logged_in(trial, NEW), "disposal.approve")


def test_a_login_as_long_as_a_page_is_refused(service):
    with pytest.raises(TextTooLong) as caught:
        service.run(
            SYSTEM, lambda ctx: accounts.add_account(ctx, "x" * 101, "reader", NEW)
        )
    assert (caught.value.name, caught.value.most) == ("the login", 100)
