"""The geometry of the board, rules and steps in words, the tree of classes."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordsvc.model.disposal import ItemState, ListState, RunStep, Verdict
from recordsvc.services.disposal.holdscope import SCOPES
from recordsvc.services.retention.comingdays import month_after
from recordsvc.services.retention.simulating import MOVES, NOW_DUE
from recordsvc.web.charts import ACTIONS, HEIGHT, WIDTH, bars
from recordsvc.web.languages import catalogue, known_languages
from recordsvc.web.pages.fileplan import tree_of
from recordsvc.web.tracewords import (
    _TELLERS,
    BECAUSE,
    ENDLESS,
    REFUSED,
    exception_words,
    step_words,
)
from recordsvc.web.wording import ROUNDINGS, TRIGGERS, clock_words, period_words
from retention.schedule import Action, Owner, Reach, Rounding, TriggerKind
from retention.sentences import BECAUSE as REASONS
from retention.sentences import REFUSED as REFUSALS
from retention.shapes import SHAPES

counts = st.dictionaries(st.sampled_from(ACTIONS), st.integers(0, 10**6), max_size=6)


@given(st.lists(counts, max_size=14), st.booleans())
def test_a_chart_stays_in_its_frame_and_shows_all_that_is_there(months, is_mirrored):
    named = [(f"m{n}", found) for n, found in enumerate(months)]
    made = bars(named, is_mirrored=is_mirrored)
    assert [b.month for b in made] == [name for name, _ in named]
    for bar, (_, found) in zip(made, named, strict=True):
        assert bar.x >= 0
        assert bar.x + bar.width <= WIDTH
        assert {p.action: p.count for p in bar.parts} == {
            action: count for action, count in found.items() if count
        }
        assert all(p.height > 0 for p in bar.parts)
        assert 0 <= bar.top <= HEIGHT
        assert sum(p.height for p in bar.parts) <= HEIGHT + 0.1


@given(st.dates(), st.integers(-1200, 1200))
def test_months_are_counted_like_months(day, months):
    found = month_after(day, months)
    assert found.day == 1
    if date(101, 1, 1) <= day <= date(9898, 1, 1):
        assert month_after(found, -months) == day.replace(day=1)


@pytest.mark.parametrize("language", known_languages())
def test_every_rule_can_be_said_in_every_language(language):
    words = catalogue(language)
    assert set(ROUNDINGS) | {"none"} == set(Rounding)
    assert set(TRIGGERS) | {"event", "date", "fixed"} == set(TriggerKind)
    period = {"years": 1, "months": 6, "weeks": 0, "days": 0}
    for rounding in Rounding:
        for kind in TriggerKind:
            trigger = {"kind": str(kind), "name": "tabled", "day": "2026-01-01"}
            rule = {
                "period": period,
                "triggers": [trigger, trigger],
                "combine": "any",
                "rounding": str(rounding),
            }
            said = clock_words(rule, words)
            assert "%(" not in said
            assert "trigger:" not in said
            assert "rounding:" not in said
    assert period_words(None, words.locale) == ""


SYMBOLS = {
    *(f"list:{state}" for state in ListState),
    *(f"item:{state}" for state in ItemState if state != ItemState.LISTED),
    *(f"verdict:{verdict}" for verdict in Verdict),
    *(f"step:{step}" for step in RunStep),
    *(f"scope:{scope}" for scope in SCOPES),
    *(f"reach:{reach}" for reach in Reach),
    *(f"owner:{owner}" for owner in Owner),
    *(f"move:{kind}" for kind in (*MOVES, NOW_DUE)),
    *(f"rounding:{unit}" for unit in ROUNDINGS),
    *(f"trigger:{kind}" for kind in TRIGGERS),
    *(f"waiting:{kind}" for kind in ("reminder", "escalation")),
    *(f"version:{s}" for s in ("draft", "issued", "superseded", "revoked")),
    *(f"decision:{k}" for k in ("propose", "judge", "approve", "abort", "lapsed")),
    *(
        f"result:{result}"
        for result in (
            "destroyed",
            "transferred",
            "ejected",
            "failed_retryable",
            "skipped",
        )
    ),
    *(str(action) for action in Action),
}


@pytest.mark.parametrize("language", known_languages())
def test_every_state_and_verdict_has_its_word(language):
    known = catalogue(language).messages
    assert sorted(SYMBOLS - known.keys()) == []


def test_an_empty_period_is_no_days():
    nothing = dict.fromkeys(("years", "months", "weeks", "days"), 0)
    assert period_words(nothing, catalogue("en").locale) == "0 days"


FACTS = {
    "schedule": "PQ-5",
    "stage": 0,
    "stages": 2,
    "action": "destroy",
    "date": "2026-01-01",
    "trigger": "event:answered",
    "provisional": True,
    "text": None,
    "combine": "any",
    "missing": ["closed", "date:tabled"],
    "rounding": "session",
    "period": "P1Y6M",
    "winner": "DEP-T",
    "winner_due_on": "2027-01-01",
    "winner_action": "transfer",
    "because": "later",
    "until": "2030-01-01",
    "schedules": ["PQ-5", "DEP-T"],
    "state": "due",
    "on": "2026-06-01",
    "due_on": "2026-01-01",
    "clock": "disposal",
    "maximum": "PRIV-2",
    "has_passed": False,
}


@pytest.mark.parametrize("language", known_languages())
@pytest.mark.parametrize("step", sorted(SHAPES))
def test_every_step_is_said_in_every_language(language, step):
    words = catalogue(language)
    said = step_words({"step": step, "facts": FACTS, "text": "as it is"}, words)
    if step not in _TELLERS:
        assert step in {"closure", "held", "access"}
        assert said == "as it is"
    assert said
    assert "%(" not in said
    assert "2026-01-01" not in said


@pytest.mark.parametrize("language", known_languages())
def test_every_reason_and_every_state_is_said(language):
    assert set(BECAUSE) == set(REASONS)
    assert set(ENDLESS) == {"session", "legislature"}
    words = catalogue(language)
    for because in BECAUSE:
        facts = FACTS | {"because": because}
        said = step_words({"step": "lost", "facts": facts, "text": ""}, words)
        assert "PQ-5" in said
        assert "%(" not in said
    told = {
        step_words(
            {
                "step": "state",
                "facts": FACTS | {"state": state, "provisional": provisional},
                "text": "",
            },
            words,
        )
        for state in ("permanent", "awaiting_trigger", "due", "running")
        for provisional in (True, False)
    }
    assert len(told) == 5
    if language != "en":
        plain = catalogue("en")
        for step in _TELLERS:
            shown = {"step": step, "facts": FACTS, "text": ""}
            assert step_words(shown, words) != step_words(shown, plain), step


def _said(step, words, **facts):
    return step_words({"step": step, "facts": FACTS | facts, "text": ""}, words)


@pytest.mark.parametrize("language", known_languages())
def test_everything_that_a_maximum_can_say_is_said(language):
    assert set(REFUSED) == set(REFUSALS)
    words = catalogue(language)
    told = [
        *(_said("refused", words, because=because) for because in REFUSED),
        _said("limit", words),
        _said("limit", words, until=None),
        _said("limit", words, has_passed=True),
        _said("limit", words, provisional=False),
        _said("waiting", words, clock="maximum"),
        _said("endless", words, clock="maximum"),
        *(
            exception_words(facts, words)
            for facts in (
                {"state": "far_trigger", "day": "2090-01-01"},
                {"state": "maximum_overdue", "day": "2026-01-01"},
                {"state": "maximum_refused", "day": "2026-01-01"},
                FACTS | {"state": "maximum_refused", "day": "2026-01-01"},
            )
        ),
    ]
    for said in told:
        assert said
        assert "%(" not in said
        assert "2026-01-01" not in said
    assert exception_words({"state": "awaiting_trigger"}, words) is None


codes = st.lists(st.sampled_from("ABCDEFG"), unique=True, max_size=7)


@given(codes, st.data())
def test_no_class_is_left_out_of_the_tree(known, data):
    parent = st.sampled_from([None, "X", *known])
    classes = [{"code": code, "parent": data.draw(parent)} for code in known]
    rows = tree_of(classes)
    assert sorted(r["code"] for r in rows) == sorted(known)
    depths = {r["code"]: r["depth"] for r in rows}
    for row in rows:
        if row["depth"]:
            assert depths[row["parent"]] == row["depth"] - 1
