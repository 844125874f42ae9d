"""Cases made by hypothesis."""

from datetime import date

from hypothesis import strategies as st

from retention.decide import Calendar, Case, Facts, Hold, Obligation
from retention.fields import triggers_from
from retention.periods import Period
from retention.schedule import (
    Action,
    Combine,
    MaximumRule,
    Rounding,
    Stage,
)

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1))
# Days and terms lie close together, so that what is due and what is not, and which
# of two obligations keeps a record longer, hang on the rules and not on luck.
NEAR = st.dates(min_value=date(1995, 1, 1), max_value=date(2005, 1, 1))
TEXTS = (NEAR | DAYS).map(date.isoformat)
INSTANTS = st.builds(
    "{}T{:02}:30:00{}".format,
    DAYS,
    st.integers(0, 23),
    st.sampled_from(["Z", "+05:30", "-11:00", ""]),
)
PERIODS = st.builds(
    Period,
    years=st.integers(0, 9) | st.integers(0, 200),
    months=st.integers(0, 30),
    weeks=st.integers(0, 60),
    days=st.integers(0, 400),
)
TRIGGERS = st.lists(
    st.sampled_from(
        [
            *("closed", "created", "event:x", "date:y", "session_end"),
            *("legislature_end", "fixed:2001-02-03", "closed", "closed"),
        ]
    ),
    min_size=1,
    max_size=3,
).map(triggers_from)
STAGES = st.builds(
    Stage,
    action=st.sampled_from([*Action, Action.DESTROY, Action.REVIEW, Action.TRANSFER]),
    triggers=TRIGGERS,
    period=PERIODS,
    combine=st.sampled_from(Combine),
    rounding=st.sampled_from(Rounding),
    cooling_days=st.integers(0, 40),
)
FACTS = st.builds(
    Facts,
    closed=TEXTS | INSTANTS | TEXTS | st.none(),
    created=TEXTS | st.none(),
    events=st.lists(st.tuples(st.just("x"), TEXTS), max_size=2).map(tuple),
    dates=st.lists(st.tuples(st.just("y"), TEXTS), max_size=1).map(tuple),
    stages_done=st.lists(
        st.tuples(st.sampled_from("ABC"), st.integers(0, 2), TEXTS), max_size=3
    ).map(tuple),
    unconfirmed=st.lists(st.sampled_from(["created", "x", "y"]), max_size=2).map(tuple),
)
ENDS = st.lists(st.tuples(TEXTS, st.sampled_from([True, True, False])), max_size=4).map(
    tuple
)
OBLIGATIONS = st.lists(
    st.builds(
        Obligation,
        schedule=st.sampled_from("ABC"),
        stages=st.lists(STAGES, min_size=1, max_size=3).map(tuple),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda obligation: obligation.schedule,
).map(tuple)
HOLDS = st.builds(
    Hold, id=st.sampled_from(["h1", "h2"]), from_=st.none() | DAYS, to=st.none()
)
MAXIMUMS = st.lists(
    st.builds(
        MaximumRule,
        code=st.sampled_from(["P-1", "P-2"]),
        title=st.just("p"),
        triggers=TRIGGERS,
        period=PERIODS,
        combine=st.sampled_from(Combine),
        rounding=st.sampled_from(Rounding),
    ),
    max_size=2,
    unique_by=lambda rule: rule.code,
).map(tuple)
CASES = st.builds(
    Case,
    case=st.just("c"),
    on=st.dates(min_value=date(1998, 1, 1), max_value=date(2020, 1, 1)) | DAYS,
    zone=st.sampled_from(["Europe/Paris", "America/Toronto"]),
    fiscal_year_start=st.just("04-01"),
    obligations=OBLIGATIONS,
    facts=FACTS,
    calendar=st.builds(Calendar, session_end=ENDS, legislature_end=ENDS),
    holds=st.lists(HOLDS, max_size=1).map(tuple),
    kept_until=st.none() | TEXTS,
    maximums=st.just(()) | MAXIMUMS,
)
