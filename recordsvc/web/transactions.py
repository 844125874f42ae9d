"""One request, one transaction, one look at the store; tried again on conflict."""

import time
from collections.abc import Callable
from typing import Any

import transaction
from pyramid_retry import is_last_attempt, mark_error_retryable

from recordsvc.model.root import ROOT_KEY
from recordsvc.services.context import Context
from recordsvc.storage.database import RETRYABLE
from recordsvc.storage.transactions import pause_s

ATTEMPTS = 15

Handler = Callable[[Any], Any]


def explicit_manager(request: Any) -> Any:  # noqa: ARG001 - the hook's signature
    """Return a transaction manager of the request's own: no thread's leftovers."""
    return transaction.TransactionManager(explicit=True)


def archive_root(request: Any) -> Any:
    """Return the archive as this request's transaction sees it."""
    connection = request.service.database.open(request.tm)
    request.add_finished_callback(lambda _: connection.close())
    return connection.root()[ROOT_KEY]


def context(request: Any) -> Context:
    """Return what services are given: the archive and who asks."""
    return request.service.context(request.archive, request.actor)  # type: ignore[no-any-return]


def is_failed(request: Any, response: Any) -> bool:
    """Say whether an answer is a refusal: then nothing of it may be written.

    Notes
    -----
    A use case that refuses its third value has perhaps set the first two.
    """
    return request.exception is not None or response.status_int >= 400  # noqa: PLR2004


def backoff_tween_factory(handler: Handler, registry: Any) -> Handler:  # noqa: ARG001
    """Stand over the transaction: wait before a further try, and ask for one.

    Notes
    -----
    A conflict has been made an answer (`recordsvc.web.problems.busy`) when it
    comes by here; pyramid_retry throws that away while there are tries left.
    RelStorage's UnableToAcquireCommitLockError only says that others took too
    long, yet it is not marked transient; see `recordsvc.storage.transactions`.
    """

    def tween(request: Any) -> Any:
        attempt = request.environ.get("retry.attempt", 0)
        if attempt:
            time.sleep(pause_s(attempt - 1))
        response = handler(request)
        error = request.exception
        if isinstance(error, RETRYABLE) and not is_last_attempt(request):
            mark_error_retryable(error)
        return response

    return tween


def includeme(config: Any) -> None:
    """Wire transactions, retries and the store into a Pyramid application."""
    config.add_settings(
        {
            "tm.manager_hook": explicit_manager,
            "tm.commit_veto": is_failed,
            # Who asks is settled inside, where a refusal finds its answer.
            "tm.annotate_user": False,
            "retry.attempts": ATTEMPTS,
        }
    )
    config.include("pyramid_tm")
    config.include("pyramid_retry")
    config.add_tween(
        "recordsvc.web.transactions.backoff_tween_factory",
        over="pyramid_tm.tm_tween_factory",
    )
    config.add_request_method(archive_root, "archive", reify=True)
    config.add_request_method(context, "ctx", reify=True)
