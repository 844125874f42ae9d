"""Parliamentary questions and answers taken from other systems' lists."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from recordsvc.model import Expression, Question, Record
from recordsvc.model.record import Identifier, Statement
from recordsvc.services import agents, changes
from recordsvc.services.access import authorize, may_read
from recordsvc.services.context import Context
from recordsvc.services.crosswalks import identifier_of
from recordsvc.services.days import MAX_VALUE_CHARS, day_of, require_text
from recordsvc.services.display import brief
from recordsvc.services.errors import Conflict, InvalidRequest

KINDS = ("question", "answer")
# The columns of INTERFACE 7.9; whatever else a file has is passed over.
COLUMNS = frozenset(
    "kind identifier reference date language title subtitle type author "
    "addressee".split()
)


@dataclass(slots=True)
class ImportReport:
    """What an import did; a bad row is reported and the others go on."""

    added: int = 0
    updated: int = 0
    failed: int = 0
    errors: list[dict[str, object]] = field(default_factory=list)


def import_rows(
    ctx: Context, rows: Iterable[tuple[int, Mapping[str, str]]]
) -> ImportReport:
    """Import questions and answers, one row a document and language.

    Parameters
    ----------
    rows
        (line number, row) with the columns of INTERFACE 7.9; an empty cell is
        unknown. Rows with the same identifier are language versions of one
        record. Importing makes no links.
    """
    authorize(ctx, "question.import")
    report = ImportReport()
    groups: dict[str, list[tuple[int, Mapping[str, str]]]] = defaultdict(list)
    for line, row in rows:
        fault = _fault(row)
        if fault:
            report.failed += 1
            report.errors.append({"line": line, "message": fault})
        else:
            groups[row["identifier"].strip()].append((line, row))
    for versions in groups.values():
        try:
            _import_one(ctx, [row for _, row in versions], report)
        except Conflict as error:
            report.failed += 1
            report.errors.append({"line": versions[0][0], "message": str(error)})
    return report


def _fault(row: Mapping[str, str]) -> str | None:
    if not (row.get("identifier") or "").strip():
        return "the row has no identifier"
    kind = (row.get("kind") or "").strip()
    if kind not in KINDS:
        return f"kind is {kind!r}; it may be {' or '.join(KINDS)}"
    try:
        for name, value in row.items():
            require_text(name, value, MAX_VALUE_CHARS if name in COLUMNS else None)
        day = (row.get("date") or "").strip()
        if day:
            day_of(day)
    except InvalidRequest as error:
        return str(error)
    return None


def _cell(rows: list[Mapping[str, str]], name: str) -> str:
    return next((v for r in rows if (v := (r.get(name) or "").strip())), "")


def _import_one(
    ctx: Context, rows: list[Mapping[str, str]], report: ImportReport
) -> None:
    kind = rows[0]["kind"].strip()
    own = identifier_of(rows[0]["identifier"], None)
    record = _existing(ctx, own, kind)
    if record is None:
        record = Record(changes.new_record_id())
        record.captured_at, record.captured_by = ctx.now(), ctx.actor.login
        record.received_on = ctx.today()
        record.access = ctx.settings.default_access
        ctx.root.add(record)
        report.added += 1
    elif not _apply(ctx, record, kind, own, rows, probe=True):
        return
    else:
        changes.require_changeable(ctx, record)
        report.updated += 1
    _apply(ctx, record, kind, own, rows)
    _keep_question(ctx, record, rows)
    changes.touch(ctx, record, "import", source="question-list")


def _existing(ctx: Context, own: Identifier, kind: str) -> Record | None:
    for record_id in ctx.root.ids_by_identifier(own.normalised):
        record: Record = ctx.root.records[record_id]
        if record.type == kind and may_read(ctx.actor, record):
            return record
    return None


def _apply(
    ctx: Context,
    record: Record,
    kind: str,
    own: Identifier,
    rows: list[Mapping[str, str]],
    *,
    probe: bool = False,
) -> bool:
    """Write the rows' values into a record; with `probe` say if any would change."""
    titles = dict(record.titles)
    headings: list[Statement] = []
    for row in rows:
        language = (row.get("language") or "").strip() or "und"
        title = (row.get("title") or "").strip() or (row.get("subtitle") or "").strip()
        if title:
            titles[language] = title
        if (row.get("subtitle") or "").strip():
            headings.append(_statement("subtitle", row["subtitle"].strip(), language))
    reference = _cell(rows, "reference")
    numbers = (own, *((identifier_of(reference, None),) if reference else ()))
    if kind == "answer":
        # The reference of an answer is its question's number, not its own.
        numbers = (own,)
    languages = tuple(dict.fromkeys((r.get("language") or "").strip() for r in rows))
    new: dict[str, Any] = {
        "type": kind,
        "type_basis": "sidecar",
        "date": _cell(rows, "date") or record.date,
        "language": record.language or next((x for x in languages if x), None),
        "jurisdiction": "eu" if own.scheme.startswith("eu.") else record.jurisdiction,
        "titles": tuple(titles.items()),
        "statements": (
            *headings,
            *(
                _statement(name, value, None)
                for name in ("type", "date", "author", "addressee", "reference")
                if (value := _cell(rows, name))
            ),
        ),
        "expressions": record.expressions
        or tuple(Expression(language=x or None) for x in languages),
    }
    new |= _entered(record, new)
    changed = any(getattr(record, k) != v for k, v in new.items())
    known = {i.normalised for i in record.identifiers}
    changed = changed or not {i.normalised for i in numbers} <= known
    if not probe:
        for name, value in new.items():
            setattr(record, name, value)
        changes.set_identifiers(ctx, record, (*numbers, *record.identifiers))
    return changed


def _entered(record: Record, new: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a person has entered since, which no list takes back."""
    entered = tuple(s for s in record.statements if s.how == "entered")
    fields = {s.field for s in entered}
    kept = {name: getattr(record, name) for name in fields & {"type", "date"}}
    if "title" in fields:
        kept["titles"] = tuple((dict(new["titles"]) | dict(record.titles)).items())
    others = (s for s in new["statements"] if s.field not in fields)
    return {**kept, "statements": (*entered, *others)}


def _statement(name: str, value: str, language: str | None) -> Statement:
    return Statement(
        field=name, value=value, how="sidecar", rule="question-list", language=language
    )


def _keep_question(ctx: Context, record: Record, rows: list[Mapping[str, str]]) -> None:
    if record.type != "question":
        return
    question = ctx.root.questions.get(record.id)
    if question is None:
        question = Question(record.id, _cell(rows, "reference"), record.date)
        ctx.root.questions[record.id] = question
    for role, kind in agents.QUESTION_ROLES.items():
        setattr(question, role, agents.keep_party(ctx.root, kind, _cell(rows, role)))


def answers_to(ctx: Context, record_id: str) -> tuple[str, ...]:
    """Return the ids of the records linked as answers to a question."""
    return tuple(
        link.source
        for link_id in ctx.root.link_ids(record_id)
        if (link := ctx.root.links[link_id]).type == "answers"
        and link.target == record_id
        and may_read(ctx.actor, ctx.root.records[link.source])
    )


def register(ctx: Context, *, unanswered: bool = False) -> list[dict[str, Any]]:
    """Return the questions the actor may read, newest first, with their answers.

    Parameters
    ----------
    unanswered
        Only questions that no paper is linked to as an answer.
    """
    authorize(ctx, "question.view")
    found = []
    for record_id, question in ctx.root.questions.items():
        record = ctx.root.records[record_id]
        if record.is_destroyed or not may_read(ctx.actor, record):
            continue
        answers = [brief(ctx.root.records[i]) for i in answers_to(ctx, record_id)]
        if unanswered and answers:
            continue
        found.append(
            {
                **brief(record),
                "reference": question.reference,
                "tabled": question.tabled_on,
                **agents.parties_of(ctx.root, question),
                "answers": answers,
            }
        )
    return sorted(found, key=lambda q: (q["tabled"] or "", q["id"]), reverse=True)
