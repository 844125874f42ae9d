"""Schedule files made by hypothesis."""

from hypothesis import strategies as st

from retention.periods import Period
from retention.schedule import (
    Action,
    Authority,
    ClassEntry,
    ClosureRule,
    Combine,
    MaximumRule,
    Owner,
    Reach,
    Rounding,
    Schedule,
    ScheduleFile,
    Stage,
    Survivor,
    Trigger,
    TriggerKind,
)

WORDS = (
    st.text(
        st.characters(exclude_categories=["C", "Z"], include_characters=" "),
        min_size=1,
        max_size=8,
    )
    .map(str.strip)
    .filter(bool)
)
LONG = st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20
).filter(str.strip)
NAMED = st.builds(
    Trigger, kind=st.sampled_from([TriggerKind.EVENT, TriggerKind.DATE]), name=WORDS
)
FIXED = st.builds(Trigger, kind=st.just(TriggerKind.FIXED), day=st.dates())
PLAIN = st.sampled_from(
    [
        Trigger(kind=kind)
        for kind in TriggerKind
        if kind not in {"event", "date", "fixed"}
    ]
)
TRIGGERS = st.lists(
    st.one_of(NAMED, FIXED, PLAIN), min_size=1, max_size=3, unique=True
).map(tuple)
SMALL = st.integers(0, 100)
PERIODS = st.builds(Period, years=SMALL, months=SMALL, weeks=SMALL, days=SMALL)


ROUTES = st.lists(WORDS, max_size=3, unique=True).map(tuple)
SURVIVORS = st.lists(
    st.sampled_from(sorted(set(Survivor) - {Survivor.NOTHING})),
    max_size=4,
    unique=True,
).map(tuple) | st.just((Survivor.NOTHING,))


KEEPS = st.sampled_from([True])


def _stages(action, period, *, keeps=KEEPS, routes=ROUTES):
    return st.builds(
        Stage,
        action=action,
        triggers=TRIGGERS,
        period=period,
        combine=st.sampled_from(Combine),
        rounding=st.sampled_from(Rounding),
        cooling_days=st.integers(0, 36500),
        keep_stub=keeps,
        review_route=routes,
    )


PASSING = _stages(st.sampled_from([Action.RETAIN, Action.REVIEW]), PERIODS)
ENDING = _stages(st.just(Action.DESTROY), PERIODS, keeps=st.booleans()) | _stages(
    st.just(Action.PERMANENT), st.none() | PERIODS, routes=st.just(())
)
CODES = st.lists(WORDS, max_size=4, unique=True)
CITATIONS = st.lists(WORDS, max_size=2, unique=True).map(tuple)
CLOSURES = st.builds(
    ClosureRule,
    code=WORDS,
    title=WORDS,
    triggers=TRIGGERS,
    period=PERIODS,
    combine=st.sampled_from(Combine),
    rounding=st.sampled_from(Rounding),
    citation=CITATIONS,
)
MAXIMUMS = st.builds(
    MaximumRule,
    code=WORDS,
    title=WORDS,
    triggers=TRIGGERS,
    period=PERIODS,
    combine=st.sampled_from(Combine),
    rounding=st.sampled_from(Rounding),
    citation=st.lists(WORDS, min_size=1, max_size=2, unique=True).map(tuple),
)


@st.composite
def schedules(draw):
    codes = draw(CODES)
    old = sorted({"OLD-1", "OLD-2"} - set(codes))
    return tuple(
        Schedule(
            code=code,
            title=draw(WORDS),
            stages=(*draw(st.lists(PASSING, max_size=2)), draw(ENDING)),
            citation=draw(CITATIONS),
            supersedes=tuple(
                draw(
                    st.lists(
                        st.sampled_from([*old, *codes[:place]]),
                        max_size=2,
                        unique=True,
                    )
                )
            ),
        )
        for place, code in enumerate(codes)
    )


@st.composite
def classes(draw, schedule_codes, closure_codes, maximum_codes=()):
    found = []
    for code in draw(CODES):
        above = draw(st.sampled_from([None, *found]))
        is_member = above is not None and above.owner is Owner.MEMBER
        owner = Owner.MEMBER if is_member else draw(st.sampled_from(Owner))
        is_house = owner is Owner.HOUSE
        names = [None, *schedule_codes] if is_house else [None]
        duties = [None, *maximum_codes] if is_house else [None]
        first, last = sorted([draw(st.dates()), draw(st.dates())])
        found.append(
            ClassEntry(
                code=code,
                title=draw(WORDS),
                parent=above.code if above is not None else None,
                schedule=draw(st.sampled_from(names)),
                scope=draw(st.none() | LONG),
                closure=draw(st.sampled_from([None, *closure_codes])),
                maximum=draw(st.sampled_from(duties)),
                owner=owner,
                valid_from=draw(st.sampled_from([None, first])),
                valid_to=draw(st.sampled_from([None, last])),
                vital_review=draw(st.none() | PERIODS.filter(lambda p: p != Period())),
                survives_destruction=draw(
                    st.just(()) if owner is Owner.MEMBER else SURVIVORS
                ),
            )
        )
    return tuple(found)


@st.composite
def files(draw):
    found = draw(schedules())
    rules = tuple(
        draw(st.lists(CLOSURES, max_size=2, unique_by=lambda rule: rule.code))
    )
    duties = tuple(
        draw(st.lists(MAXIMUMS, max_size=2, unique_by=lambda rule: rule.code))
    )
    version = draw(st.integers(1, 2**31 - 1))
    earlier = st.integers(1, version - 1) if version > 1 else st.none()
    authority = Authority(
        title=draw(WORDS),
        zone=draw(st.sampled_from(["Europe/Paris", "UTC", "America/Toronto"])),
        version=version,
        effective_from=draw(st.dates()),
        fiscal_year_start=draw(st.sampled_from(["04-01", "12-31"])),
        approved_by=draw(CITATIONS),
        supersedes=draw(st.none() | earlier),
        reach=draw(st.sampled_from(Reach)),
    )
    return ScheduleFile(
        authority=authority,
        classes=draw(
            classes(
                [s.code for s in found],
                [r.code for r in rules],
                [d.code for d in duties],
            )
        ),
        schedules=found,
        closures=rules,
        maximums=duties,
    )
