"""The languages of the interface: catalogues, direction, and the reader's choice.

A catalogue is a gettext ``.po`` file in ``locale/``; it is read at start, so
that a parliament can add its language without any build step.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date
from babel.messages.pofile import read_po

LOCALES = Path(__file__).with_name("locale")
SOURCE = "en"
# CLDR's plain English writes the month first, as few parliaments do.
_DAY_LOCALES = {"en": "en_GB"}
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The messages of one language.

    Parameters
    ----------
    messages
        Text, or its plural forms, by the English text.
    """

    language: str
    messages: dict[str, str | tuple[str, ...]]
    locale: Locale

    def gettext(self, text: str, **values: object) -> str:
        """Return a text in this language, with its ``%(name)s`` filled in."""
        found = self.messages.get(text) or text
        plain = found if isinstance(found, str) else found[0]
        return plain % values if values else plain

    def ngettext(self, one: str, many: str, n: int, **values: object) -> str:
        """Return the form of a text that goes with a number."""
        found = self.messages.get(one)
        if not found or isinstance(found, str):
            chosen = one if n == 1 else many
        else:
            form = _form(self.locale, n)
            chosen = found[form] if form < len(found) and found[form] else found[-1]
        return chosen % {"n": n, **values}


def _form(locale: Locale, n: int) -> int:
    """Return the index of the plural form of a number, in gettext's usual order."""
    order = ("zero", "one", "two", "few", "many", "other")
    tags = sorted(set(locale.plural_form.tags) | {"other"}, key=order.index)
    return tags.index(locale.plural_form(n))


@lru_cache(maxsize=32)
def catalogue(language: str) -> Catalogue:
    """Return the catalogue of a language.

    English has messages only for keys such as ``event:capture``; elsewhere the
    key is the English text.
    """
    path = LOCALES / f"{language}.po"
    messages: dict[str, str | tuple[str, ...]] = {}
    if path.is_file():
        with path.open("rb") as stream:
            for message in read_po(stream, locale=language):
                if not message.id or not message.string:
                    continue
                key = message.id if isinstance(message.id, str) else message.id[0]
                text = message.string
                messages[key] = text if isinstance(text, str) else tuple(text)
    return Catalogue(
        language=language, messages=messages, locale=Locale.parse(language, sep="-")
    )


@lru_cache(maxsize=1)
def known_languages() -> tuple[str, ...]:
    """Return the languages that have a catalogue."""
    return tuple(sorted(path.stem for path in LOCALES.glob("*.po")))


def offered(languages: tuple[str, ...]) -> tuple[str, ...]:
    """Return the interface languages of an installation: its own that are known."""
    return tuple(x for x in languages if x in known_languages()) or (SOURCE,)


def language_of(request: Any) -> str:
    """Return the interface language: chosen, else asked for, else the first."""
    choices = offered(request.service.settings.languages)
    chosen = request.cookies.get("language")
    if chosen in choices:
        return str(chosen)
    best = request.accept_language.lookup(choices, default=choices[0])
    return str(best)


def direction_of(language: str | None) -> str:
    """Return ``rtl`` or ``ltr`` for a BCP 47 tag."""
    try:
        return str(Locale.parse(language or SOURCE, sep="-").text_direction)
    except (UnknownLocaleError, ValueError):
        return "ltr"


def name_of(language: str, shown_in: str) -> str:
    """Return the name of a language, in another; the tag itself if unknown."""
    try:
        return Locale.parse(language, sep="-").get_display_name(shown_in) or language
    except (UnknownLocaleError, ValueError):
        return language


def place_name(code: str, shown_in: str) -> str:
    """Return the name of a country or union, by its code in small letters."""
    found = Locale.parse(shown_in, sep="-").territories.get(code.upper())
    return str(found) if found else code.upper()


def day_text(day: str | None, language: str) -> str:
    """Return an ISO day as people of a language write it; empty when unknown."""
    from datetime import date

    if not day:
        return ""
    try:
        return format_date(
            date.fromisoformat(day),
            format="long",
            locale=_DAY_LOCALES.get(language, language),
        )
    except ValueError:
        return day


def printable(value: Any) -> Any:
    """Return what a template prints, without what no answer can be encoded in.

    A file name that is not UTF-8 is kept with lone surrogates (PEP 383); a
    page shows the replacement character in their place.
    """
    if isinstance(value, str) and _SURROGATES.search(value):
        return type(value)(_SURROGATES.sub("\ufffd", value))
    return value


def _globals(event: Any) -> None:
    request = event.get("request")
    if request is None:
        return
    language = request.language
    found = catalogue(language)
    event.update(
        _=found.gettext,
        ngettext=found.ngettext,
        language=language,
        direction=direction_of(language),
        direction_of=direction_of,
        language_name=lambda tag: name_of(tag, language),
        place_name=lambda code: place_name(code, language),
        own_name=lambda tag: name_of(tag, tag),
        day_text=lambda day: day_text(day, language),
        offered_languages=offered(request.service.settings.languages),
    )


def includeme(config: Any) -> None:
    """Give requests their language and templates their words."""
    from pyramid.events import BeforeRender

    config.add_request_method(language_of, "language", reify=True)
    config.add_subscriber(_globals, BeforeRender)
