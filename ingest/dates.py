"""Read days written in words or figures, in the languages parliaments print.

The words stand in one table a language, to be read and mended by its speakers.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from ingest.folding import plain

__all__ = ["FoundDate", "find_dates", "iso_day", "month_number", "year_of"]

_MONTHS = {
    "en": "january february march april may june july august september october "
    "november december",
    "en-short": "jan feb mar apr _ jun jul aug sept oct nov dec",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre "
    "novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre "
    "noviembre diciembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro "
    "novembro dezembro",
    "de": "januar februar märz april mai juni juli august september oktober november "
    "dezember",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre "
    "ottobre novembre dicembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober "
    "november december",
    "ar": "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
    "others": "jänner marco março abril _ _ _ _ setiembre _ _ _",
}
_WEEKDAYS = (
    "monday tuesday wednesday thursday friday saturday sunday "
    "lundi mardi mercredi jeudi vendredi samedi dimanche "
    "lunes martes miércoles jueves viernes sábado domingo "
    "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira "
    "montag dienstag mittwoch donnerstag freitag samstag sonntag "
    "lunedì martedì mercoledì giovedì venerdì sabato domenica "
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag "
    "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد"
)
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")


def _month_words() -> dict[str, int]:
    return {
        word: number
        for line in _MONTHS.values()
        for number, word in enumerate(line.split(), 1)
        if word != "_"
    }


_NUMBER_OF = _month_words()
_NAME = "|".join(sorted(map(re.escape, _NUMBER_OF), key=len, reverse=True))
_DAY_NAME = "|".join(sorted(map(re.escape, _WEEKDAYS.split()), key=len, reverse=True))
_OF = r"(?:\s{0,3}(?:of|de|del|d'))?"
_WRITTEN = re.compile(
    rf"(?P<w>\b(?:{_DAY_NAME})\b[,.]?\s{{0,3}}(?:the\s|den\s|le\s|,\s?)?)?"
    rf"(?:(?<!\d)(?P<d>\d{{1,2}})\s{{0,2}}(?:st|nd|rd|th|er|\.|º|°|ª)?"
    rf"{_OF}\s{{0,3}}(?P<m>{_NAME})\b\.?,?{_OF}\s{{0,3}}[,.]?\s{{0,2}}(?P<y>\d{{4}})\b"
    rf"|\b(?P<m2>{_NAME})\b\.?\s{{0,3}}(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?"
    rf"\s{{0,2}},?\s{{0,3}}(?P<y2>\d{{4}})\b)",
    re.IGNORECASE,
)
_FIGURES = re.compile(
    r"(?<![\d./-])(?:(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)"
    r"|(?P<d2>\d{1,2})\.\s?(?P<m2>\d{1,2})\.\s?(?P<y2>\d{4})"
    r"|(?P<d3>\d{1,2})/(?P<m3>\d{1,2})/(?P<y3>\d{4}))(?![\d/-])"
)
_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):?(\d\d)(?::?(\d\d)(?:\.\d+)?)?"
    r"\s?(Z|[+-]\d\d:?\d\d)?"
)
_FIRST_YEAR, _LAST_YEAR = 1200, 2150
_HALF_CENTURY = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDate:
    """Hold a day found in a text.

    Parameters
    ----------
    start, end
        Where it stands.
    day
        ``YYYY-MM-DD``.
    weekday
        Whether the day of the week is named before it.
    """

    start: int
    end: int
    day: str
    weekday: bool


def month_number(word: str) -> int | None:
    """Return the number of a month by its name in any known language."""
    return _NUMBER_OF.get(word.casefold().strip(" ."))


def year_of(digits: str) -> str:
    """Return a year in four digits; two digits stand for 1951 to 2050.

    Examples
    --------
    >>> year_of("22"), year_of("99"), year_of("1997")
    ('2022', '1999', '1997')
    """
    if len(digits) != len("99"):
        return digits
    return f"{19 if int(digits) > _HALF_CENTURY else 20}{digits}"


def find_dates(text: str) -> Iterator[FoundDate]:
    """Yield the days written in a text, in order.

    Examples
    --------
    >>> [d.day for d in find_dates("Friday, 9 October 2009; 12.02.2015; May 3, 2011")]
    ['2009-10-09', '2015-02-12', '2011-05-03']
    """
    ready = plain(text).translate(_DIGITS)
    found = [*_in_words(ready), *_in_figures(ready)]
    yield from sorted(found, key=lambda d: d.start)


def _in_words(text: str) -> Iterator[FoundDate]:
    for match in _WRITTEN.finditer(text):
        month = _NUMBER_OF[(match["m"] or match["m2"]).casefold()]
        day = _day(match["y"] or match["y2"], month, match["d"] or match["d2"])
        if day:
            named = match["w"] is not None
            start, end = match.span()
            yield FoundDate(start=start, end=end, day=day, weekday=named)


def _in_figures(text: str) -> Iterator[FoundDate]:
    for match in _FIGURES.finditer(text):
        year = match["y"] or match["y2"] or match["y3"]
        month = match["m"] or match["m2"] or match["m3"]
        day = _day(year, int(month), match["d"] or match["d2"] or match["d3"])
        if day:
            start, end = match.span()
            yield FoundDate(start=start, end=end, day=day, weekday=False)


def _day(year: str, month: int, day: str) -> str | None:
    if not _FIRST_YEAR <= int(year) <= _LAST_YEAR:
        return None
    try:
        return dt.date(int(year), month, int(day)).isoformat()
    except ValueError:
        return None


def iso_day(text: str, zone: str = "UTC") -> str | None:
    """Return the day that a stated value names, or None.

    Parameters
    ----------
    text
        A day in words or figures, or an instant in ISO 8601.
    zone
        Where an instant with an offset happened; the day is the one there.

    Examples
    --------
    >>> iso_day("2003-06-15T23:00:00Z", "Europe/London"), iso_day("10 May 2004")
    ('2003-06-16', '2004-05-10')
    >>> iso_day("2022") is None
    True
    """
    instant = _INSTANT.fullmatch(text.strip())
    if instant:
        return _local_day(instant, zone)
    found = next(find_dates(text[:200]), None)
    return found.day if found else None


def _local_day(instant: re.Match[str], zone: str) -> str | None:
    year, month, day, hour, minute, second, offset = instant.groups()
    written = f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}"
    try:
        moment = dt.datetime.fromisoformat(written + (offset or ""))
        if moment.tzinfo is not None:
            moment = moment.astimezone(ZoneInfo(zone))
    except (ValueError, OverflowError):
        return None
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        return None
    return moment.date().isoformat()
