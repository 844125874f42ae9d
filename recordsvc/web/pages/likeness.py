"""Papers that are alike: what waits for a person, and two of them side by side."""

from collections.abc import Callable
from typing import Any

from recordsvc.services.access import may
from recordsvc.services.errors import InvalidRequest
from recordsvc.services.likeness import deciding, policies
from recordsvc.services.likeness.joining import join as join_records
from recordsvc.services.likeness.parting import unjoin as part_records
from recordsvc.services.likeness.viewing import pairs_waiting
from recordsvc.web.acts import attempt, texts_of
from recordsvc.web.forms import text_of
from recordsvc.web.pages.record import whole_page

PAGE = 50


def worklist(request: Any) -> dict[str, Any]:
    """Show the papers that seem to be one, or versions of one."""
    kind = request.GET.get("kind", "")
    if kind not in policies.KINDS:
        kind = ""
    found = pairs_waiting(
        request.ctx, kind, limit=PAGE, after=request.GET.get("after", "")
    )
    return {
        **found,
        "kinds": [k for k in policies.KINDS if found["counts"][k]],
        "kind": kind,
        "joinable": policies.JOINABLE,
        "may_decide": may(request.ctx.actor, "record.join"),
        "refused": [],
        "failure": None,
    }


def decide(request: Any) -> Any:
    """Accept or reject the papers that were chosen."""

    def work() -> str:
        chosen, ctx = texts_of(request, "pair"), request.ctx
        if not chosen:
            raise InvalidRequest("choose at least one pair")
        if text_of(request, "act") == "reject":
            deciding.reject(ctx, chosen)
        else:
            for pair_id in chosen:
                deciding.accept(
                    ctx,
                    pair_id,
                    reason=text_of(request, "reason"),
                    newer=text_of(request, f"newer-{pair_id}"),
                    keeps_apart=text_of(request, "act") == "link",
                )
        return _here(request)

    return attempt(request, work, worklist)


def accept_kind(request: Any) -> Any:
    """Accept all papers of a kind; what is refused stays, with its reason."""
    refused: list[tuple[str, str]] = []

    def work() -> str:
        try:
            count = int(text_of(request, "count"))
        except ValueError:
            raise InvalidRequest("type how many pairs are to be accepted") from None
        pairs = deciding.of_kind(request.ctx, text_of(request, "kind"), count)
        _, said = deciding.accept_each(
            request.ctx, pairs, reason=text_of(request, "reason")
        )
        refused.extend(said)
        return _here(request)

    answer = attempt(request, work, worklist)
    if refused:
        return worklist(request) | {"refused": refused}
    return answer


def _here(request: Any) -> str:
    kind = text_of(request, "kind")
    query = {"kind": kind} if kind in policies.KINDS else {}
    return str(request.route_path("likeness", _query=query))


def side_by_side(request: Any) -> dict[str, Any]:
    """Show two papers side by side."""
    from recordsvc.services.likeness.laying import lay
    from recordsvc.services.likeness.rows import laid_mapping

    whole = bool(request.GET.get("whole"))
    ids = request.matchdict["id"], request.matchdict["other"]
    return laid_mapping(lay(request.ctx, *ids, whole=whole)) | {"whole": whole}


def join(request: Any) -> Any:
    """Make another record a part of this one."""
    other = text_of(request, "other").strip()
    return _act(
        request,
        lambda i: join_records(request.ctx, i, other, text_of(request, "reason")).id,
    )


def unjoin(request: Any) -> Any:
    """Make a part of this record a record of its own again."""
    other = text_of(request, "other").strip()
    return _act(
        request,
        lambda _: part_records(request.ctx, other, text_of(request, "reason")).id,
    )


def _act(request: Any, act: Callable[[str], str]) -> Any:
    def work() -> str:
        record_id = act(request.matchdict["id"])
        return str(request.route_path("record", id=record_id))

    return attempt(request, work, whole_page)
