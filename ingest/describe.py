"""Describe a paper by what it says of itself: kind, title, day, numbers, citations.

Evidence is the text of the first pages and the values embedded in the file; the
file's name is none. Every value carries how it was found, by which rule, on which
page, and how sure that is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ingest import parties, stated
from ingest.citations import citations_in, session_on
from ingest.cues import Cue, Reading, agreed, cues, first_cue
from ingest.dates import find_dates
from ingest.description import Description, FoundValue
from ingest.edtf import extended_date
from ingest.evidence import Found, chamber_of, jurisdiction_of
from ingest.extraction import Extraction
from ingest.folding import fold
from ingest.identifiers import OTHER, Identifier, identify
from ingest.legislatures import Rule, profile_for, profiles
from ingest.titles import DATA_FORMATS, choose_title

__all__ = ["Description", "FoundValue", "describe"]

_UNDETERMINED = "und"
_SURE_OF_DATA = 0.6
_UNDATED_KINDS = frozenset({"act", "bill", "catalogue", "dataset"})
_HEAD_CHARS = 1_500
# A message is correspondence, whatever the papers say that hang on it; only words
# that leave no doubt make it something else.
_SURER_THAN_MAIL = 0.9


def describe(
    extraction: Extraction, *, name: str = "", hints: Mapping[str, str] | None = None
) -> Description:
    """Return what a paper says of itself.

    Parameters
    ----------
    extraction
        What reading the file found.
    name
        The name it came under; never evidence for title, day or number.
    hints
        What is known from elsewhere: ``jurisdiction``, ``language`` and ``type`` as
        a sidecar states them, and ``home``, the jurisdiction of this installation,
        taken where the paper shows none.

    Returns
    -------
    Description
        Empty where nothing was found; damage is no error here.
    """
    del name
    work = _Work(extraction, hints or {})
    work.settle_place()
    work.settle_kind()
    work.settle_session()
    work.settle_date()
    work.settle_term()
    work.settle_titles()
    work.settle_identifiers()
    work.settle_edition()
    work.settle_parties()
    work.settle_subjects()
    return work.description()


class _Work:
    """Gather the values of one paper, each step knowing the ones before."""

    def __init__(self, extraction: Extraction, hints: Mapping[str, str]) -> None:
        self.extraction = extraction
        self.hints = hints
        self.reading = Reading(extraction)
        self.values: list[FoundValue] = []
        self.titles: dict[str, str] = {}
        self.dates: dict[str, str] = {}
        self.identifiers: dict[str, Identifier] = {}
        self.kind: str | None = None
        self.jurisdiction: str | None = None
        self.chamber: str | None = None
        self.session: str | None = None
        self.legislature: str | None = None
        self.parties: dict[str, dict[str, str]] = {"author": {}, "addressee": {}}
        self.subjects: dict[str, str] = {}
        self.date: str | None = None
        self.zone = "UTC"
        self.language = stated.language(extraction, hints) or self._detected()

    def _detected(self) -> str | None:
        sure = self.extraction.language_confidence >= _SURE_OF_DATA
        if self.extraction.mime in DATA_FORMATS and not sure:
            return None
        return self.extraction.language

    def _rules(self) -> Iterator[Rule]:
        own = profile_for(self.jurisdiction)
        every = profiles()
        yield from every["akn"].rules if self._is_akn() else ()
        yield from own.rules if own is not None else ()
        if own is not every["eu"]:
            yield from every["eu"].rules
        yield from every["any"].rules

    def _is_akn(self) -> bool:
        return self.extraction.mime == "application/akn+xml"

    def _cues(self, field: str) -> Iterator[Cue]:
        facts = {
            "chamber": self.chamber,
            "session": self.session,
            "year": self._year(),
        }
        return cues(self._rules(), field, self.reading, kind=self.kind, facts=facts)

    def _keep(self, field: str, found: Found, language: str | None = None) -> None:
        self.values.append(
            FoundValue(
                field=field,
                value=found.value,
                how=found.how,
                rule=found.rule,
                page=found.page,
                confidence=found.confidence,
                start=found.start,
                end=found.end,
                language=language,
            )
        )

    def _year(self) -> str | None:
        known = extended_date(self.date) if self.date else None
        if known is None or known.first is None or known.last is None:
            return None
        same = known.first.year == known.last.year
        return f"{known.first.year:04d}" if same else None

    def _day(self) -> str | None:
        known = extended_date(self.date) if self.date else None
        return self.date if known is not None and known.is_day else None

    def settle_place(self) -> None:
        found = jurisdiction_of(self.reading, self.hints)
        if found is not None:
            profile = profile_for(found.value)
            self.jurisdiction = profile.code if profile else found.value
            self.zone = profile.zone if profile else "UTC"
            if found.how != "hint":
                self._keep("jurisdiction", found)
        chamber = chamber_of(self.reading, self.jurisdiction)
        if chamber is not None:
            self.chamber = chamber.value
            self._keep("chamber", chamber)

    def settle_kind(self) -> None:
        if self.hints.get("type"):
            self.kind = self.hints["type"]
            return
        found = stated.kind(self.extraction)
        cue = None if found else first_cue(self._cues("type"))
        format_kind = stated.kind_by_format(self.extraction)
        if cue is not None and not (
            format_kind and cue.rule.confidence < _SURER_THAN_MAIL
        ):
            found = _from_cue(cue)
        found = found or format_kind
        if found is not None:
            self.kind = found.value
            self._keep("type", found)

    def settle_session(self) -> None:
        found = stated.session(self.extraction)
        cue = None if found else first_cue(self._cues("session"))
        found = found or (_from_cue(cue) if cue else None)
        if found is not None and stated.record_count(self.extraction) == 1:
            self.session = found.value
            self._keep("session", found)

    def settle_term(self) -> None:
        """Settle the legislature, and a session that only the day tells."""
        cue = first_cue(self._cues("legislature"))
        if cue is not None:
            self.legislature = cue.value
            self._keep("legislature", _from_cue(cue))
        known = None if self.session else session_on(self.jurisdiction, self._day())
        if known is not None:
            self.session = known
            found = Found(
                value=known,
                how="inferred",
                rule=f"{self.jurisdiction}:sitting",
                page=None,
                confidence=0.7,
            )
            self._keep("session", found)

    def _keep_occasion(self, kind: str, found: Found) -> None:
        if kind not in self.dates:
            self.dates[kind] = found.value
            self._keep(f"date.{kind}", found)

    def settle_date(self) -> None:
        for kind, stated_day in stated.other_days(self.extraction, self.zone):
            self._keep_occasion(kind, stated_day)
        found = stated.day(self.extraction, self.zone, self.kind)
        if found is None and self.kind != "dataset":
            cue = first_cue(self._cues("date"))
            if cue is not None:
                found = _from_cue(cue)
                if cue.rule.kind:
                    self._keep_occasion(cue.rule.kind, found)
            else:
                found = self._day_in_head()
        if found is not None:
            self.date = found.value
            self._keep("date", found)
        for cue in self._cues("occasion"):
            self._keep_occasion(cue.rule.kind, _from_cue(cue))

    def _day_in_head(self) -> Found | None:
        """Return the first day that names its weekday, else the first day."""
        if self._is_akn() or self.extraction.mime in DATA_FORMATS:
            return None
        first: Found | None = None
        for index in range(min(2, len(self.extraction.pages))):
            head = self.reading.page(index)[:_HEAD_CHARS]
            for day in find_dates(head):
                found = Found(
                    value=day.day,
                    how="extracted",
                    rule="any:day-and-weekday" if day.weekday else "any:first-day",
                    page=self.reading.number(index),
                    confidence=0.75 if day.weekday else 0.4,
                )
                if day.weekday and self.kind not in _UNDATED_KINDS:
                    return found
                first = first or found
        is_prose = self.kind not in _UNDATED_KINDS and self.kind is not None
        return first if is_prose and self.extraction.mime != "text/html" else None

    def settle_titles(self) -> None:
        for language, found in stated.titles(self.extraction):
            self._keep_title(language, found)
        if self.titles:
            return
        cue = agreed(self._cues("title"))
        if cue is not None:
            self._keep_title(None, _from_cue(cue))
        elif (chosen := choose_title(self.reading)) is not None:
            found = Found(
                value=chosen.text,
                how=chosen.how,
                rule=chosen.rule,
                page=chosen.page,
                confidence=chosen.confidence,
            )
            self._keep_title(chosen.language, found)
        description = first_cue(self._cues("description"))
        if description is not None:
            self._keep("description", _from_cue(description))

    def _keep_title(self, language: str | None, found: Found) -> None:
        key = language or self.language or _UNDETERMINED
        if key not in self.titles:
            self.titles[key] = found.value
            self._keep("title", found, None if key == _UNDETERMINED else key)

    def settle_identifiers(self) -> None:
        for identifier, found in stated.identifiers(
            self.extraction, self.jurisdiction, self._number_facts()
        ):
            self._keep_identifier(identifier, found)
        for cue in self._cues("identifier"):
            if cue.identifier is not None:
                self._keep_identifier(cue.identifier, _from_cue(cue))
        if self.kind == "act":
            for title in self.titles.values():
                number = identify(title, self.jurisdiction)
                if number.scheme != OTHER:
                    found = Found(
                        value=title,
                        how="inferred",
                        rule="title",
                        page=None,
                        confidence=0.8,
                    )
                    self._keep_identifier(number, found)

    def _number_facts(self) -> dict[str, str | None]:
        return {
            "chamber": self.chamber,
            "session": self.session,
            "year": self._year(),
        }

    def _keep_identifier(self, identifier: Identifier, found: Found) -> None:
        if identifier.normalised not in self.identifiers:
            self.identifiers[identifier.normalised] = identifier
            self._keep("identifier", found)

    def settle_edition(self) -> None:
        cue = first_cue(self._cues("edition"))
        if cue is not None:
            self._keep("edition", _from_cue(cue))

    def settle_parties(self) -> None:
        for role, found in parties.parties(self.extraction):
            self._keep_party(role, found)
        for role in self.parties:
            # What the format states is better than what words suggest.
            for cue in self._cues(role) if not self.parties[role] else ():
                self._keep_party(role, _from_cue(cue))

    def _keep_party(self, role: str, found: Found) -> None:
        known = self.parties[role]
        if fold(found.value) not in known and len(known) < parties.MAX_PARTIES:
            known[fold(found.value)] = found.value
            self._keep(role, found)

    def settle_subjects(self) -> None:
        every = [
            *parties.keywords(self.extraction),
            *map(_from_cue, self._cues("subject")),
        ]
        for found in every:
            is_new = fold(found.value) not in self.subjects
            if is_new and len(self.subjects) < parties.MAX_SUBJECTS:
                self.subjects[fold(found.value)] = found.value
                self._keep("subject", found)

    def description(self) -> Description:
        return Description(
            type=self.kind,
            titles=tuple(self.titles.items()),
            date=self.date,
            dates=tuple(sorted(self.dates.items())),
            language=self.language,
            jurisdiction=self.jurisdiction,
            chamber=self.chamber,
            session=self.session,
            legislature=self.legislature,
            authors=tuple(self.parties["author"].values()),
            addressees=tuple(self.parties["addressee"].values()),
            subjects=tuple(self.subjects.values()),
            identifiers=tuple(self.identifiers.values()),
            citations=citations_in(
                self.extraction.pages,
                self.jurisdiction,
                date=self._day(),
                chamber=self.chamber,
                session=self.session,
            ),
            values=tuple(self.values),
        )


def _from_cue(cue: Cue) -> Found:
    how = cue.rule.how if cue.page is not None else "embedded"
    return Found(
        value=cue.value,
        how="inferred" if cue.inferred else how,
        rule=cue.rule.name,
        page=cue.page,
        confidence=cue.rule.confidence,
        start=cue.start,
        end=cue.end,
    )
