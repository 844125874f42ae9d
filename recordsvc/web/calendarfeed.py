"""What comes up as an iCalendar feed (RFC 5545)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from icalendar import Calendar, Event

from recordsvc.services.retention.comingdays import Coming, Kind
from recordsvc.web.languages import Catalogue

# How often a calendar asks again (RFC 7986, section 5.7).
REFRESH = timedelta(hours=12)


def feed(
    found: Iterable[Coming],
    words: Catalogue,
    *,
    title: str,
    store_id: str,
    now: datetime,
    address_of: Any,
) -> bytes:
    """Return a calendar with one all-day entry for each thing that comes up.

    Parameters
    ----------
    store_id
        Makes the entries' names unique; an entry keeps its name from feed to feed.
    now
        Aware UTC instant.
    address_of
        Returns the address of the page where a `Coming` is dealt with.
    """
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", f"-//recordsvc//{store_id}//")
    calendar.add("method", "PUBLISH")
    calendar.add("name", title)
    calendar.add("x-wr-calname", title)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for one in found:
        event = Event()
        name = "-".join(filter(None, (str(one.kind), one.on.isoformat(), one.hold)))
        event.add("uid", f"{name}@{store_id}")
        event.add("dtstamp", now)
        event.add("dtstart", one.on)
        event.add("dtend", one.on + timedelta(days=1))
        event.add("summary", summary_of(one, words))
        event.add("url", address_of(one))
        event.add("categories", [str(one.kind)])
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def summary_of(one: Coming, words: Catalogue) -> str:
    """Return in a line what is to be done."""
    match one.kind:
        case Kind.DUE:
            return words.ngettext(
                "%(n)s record falls due this month",
                "%(n)s records fall due this month",
                one.count,
            )
        case Kind.HOLD_REVIEW:
            return words.gettext("Review hold %(id)s", id=one.hold[:8])
        case Kind.VITAL_REVIEW:
            return words.ngettext(
                "%(n)s vital record to be reviewed",
                "%(n)s vital records to be reviewed",
                one.count,
            )
    return words.ngettext(
        "The closure of %(n)s record ends",
        "The closure of %(n)s records ends",
        one.count,
    )
