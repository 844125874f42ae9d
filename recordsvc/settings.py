"""The settings: read once from an ``.ini`` into one frozen object."""

import configparser
import difflib
import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

EMBEDDED_DEFAULT = Path(__file__).with_name("embedded.ini")
FOREIGN_PREFIXES = ("pyramid.", "jinja2.", "retry.", "tm.", "openapi.")
FOREIGN_KEYS = frozenset({"use", "here", "__file__"})
ENGINES = ("whoosh", "tantivy", "memory")
ACCESS_LEVELS = ("open", "internal", "closed")
MAILBOX_TLS = ("tls", "starttls", "none")
NUMBERS = (
    "oai_page_size",
    "workers",
    "rejustify_years",
    "ocr_max_pages",
    "smtp_port",
    "max_upload_bytes",
    "upload_hours",
    "mailbox_port",
    "mailbox_max_bytes",
)
FRACTIONS = ("triage_confidence",)
PATHS = (
    "ledger_dir",
    "profiles_dir",
    "mailbox_password_file",
    "mailbox_ca_file",
    "smtp_password_file",
)
OCR_MODES = ("auto", "off")
_JOINS = ("auto", "suggest", "link", "never")
# Two versions, and two papers that are nearly alike, are never one paper.
_LINKS = ("link", "suggest", "never")
LIKENESS_CHOICES = {
    "likeness": ("auto", "off"),
    "likeness_same_text": _JOINS,
    "likeness_format": _JOINS,
    "likeness_language": _JOINS,
    "likeness_version": _LINKS,
    "likeness_near_same": _LINKS,
}
OCR_LANGUAGE = re.compile(r"[A-Za-z][A-Za-z_]{1,30}")
SMTP_TLS = ("none", "starttls", "tls")
CLAMD_ABSENT = ("pass", "wait")
CLAMD = re.compile(
    r"/.{1,100}|[A-Za-z0-9.-]{1,253}:[0-9]{1,5}|\[[0-9a-fA-F:]+\]:[0-9]{1,5}"
)
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class SettingsError(Exception):
    """The configuration cannot be used; the message says which line to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an installation decides.

    Parameters
    ----------
    data_dir
        Folder of everything the service writes, apart from the ledger.
    store_uri
        ``sqlite://FOLDER`` or ``postgresql://...``.
    bitstreams_uri
        ``file://FOLDER``.
    engine
        ``whoosh``, ``tantivy`` or ``memory``.
    zone
        IANA name of the time zone in which legal days are counted.
    languages
        BCP 47 codes of the working languages, the first is the interface's.
    jurisdiction
        ISO 3166-1 code in small letters, or ``eu``; empty when not said.
    default_access
        What a paper is without other word: ``open``, ``internal``, ``closed``.
    fiscal_year_start
        ``MM-DD``.
    workers
        Extraction processes, and those of a what-if.
    profiles_dir
        Folder of the parliament's own profiles; None: those of the package alone.
    rejustify_years
        How often, in years, a manual date has to be justified anew.
    ocr
        ``auto``: text is read from pictures of papers where tesseract is installed;
        ``off``: never.
    ocr_languages
        The languages that tesseract tries, by its own names.
    ocr_max_pages
        So many pages of a paper are read by OCR.
    likeness
        ``auto``: the worker looks for papers that are alike; ``off``: only when asked.
    likeness_same_text, likeness_format, likeness_language
        ``auto``: two papers that are plainly one are joined; ``suggest``: a person is
        asked; ``link``: they are linked; ``never``: nothing.
    likeness_version, likeness_near_same
        ``link``, ``suggest`` or ``never``.
    harvest_private_hosts
        Hosts that may be harvested although they lie in a private network, separated
        by spaces.
    clamd
        Where the virus scanner listens: a path or ``HOST:PORT``; empty: no scan.
    clamd_absent
        When it does not answer: ``pass`` takes papers in as not scanned, ``wait``
        takes none.
    smtp_host
        The server that takes reminders; empty: none are written or sent.
    smtp_tls
        ``none``, ``starttls`` (after the greeting) or ``tls`` (from the beginning).
    smtp_password_file
        A file whose first line is the password; it is read for every letter.
    mail_from
        The sender; empty: `admin_email`.
    triage_confidence
        A value found with less confidence, from 0 to 1, waits in the inbox.
    """

    data_dir: Path
    store_uri: str
    bitstreams_uri: str
    engine: str = "whoosh"
    parliament: str = "Parliament"
    zone: str = "UTC"
    languages: tuple[str, ...] = ("en", "fr", "es", "pt", "ar", "de")
    jurisdiction: str = ""
    url: str = ""
    admin_email: str = "records@parliament.invalid"
    default_access: str = "internal"
    oai_page_size: int = 100
    fiscal_year_start: str = "01-01"
    workers: int = 2
    ledger_dir: Path | None = None
    profiles_dir: Path | None = None
    rejustify_years: int = 5
    ocr: str = "auto"
    ocr_languages: tuple[str, ...] = ("eng",)
    ocr_max_pages: int = 500
    likeness: str = "auto"
    likeness_same_text: str = "suggest"
    likeness_format: str = "auto"
    likeness_language: str = "suggest"
    likeness_version: str = "link"
    likeness_near_same: str = "suggest"
    max_upload_bytes: int = 4_294_967_296
    upload_hours: int = 24
    mailbox_host: str = ""
    mailbox_port: int = 993
    mailbox_tls: str = "tls"
    mailbox_user: str = ""
    mailbox_password_file: Path | None = None
    mailbox_ca_file: Path | None = None
    mailbox_folder: str = "INBOX"
    mailbox_max_bytes: int = 52_428_800
    harvest_private_hosts: str = ""
    clamd: str = ""
    clamd_absent: str = "pass"
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_tls: str = "starttls"
    smtp_user: str = ""
    smtp_password_file: Path | None = None
    mail_from: str = ""
    triage_confidence: float = 0.7

    @property
    def bitstreams_dir(self) -> Path:
        """Return the folder of the bitstream store."""
        return Path(self.bitstreams_uri.removeprefix("file://"))

    @property
    def index_dir(self) -> Path:
        """Return the folder of the search index of the chosen engine."""
        return self.data_dir / f"index-{self.engine}"


KEYS = {
    "recordsvc.data_dir": "data_dir",
    "recordsvc.parliament": "parliament",
    "recordsvc.zone": "zone",
    "recordsvc.languages": "languages",
    "recordsvc.jurisdiction": "jurisdiction",
    "recordsvc.url": "url",
    "recordsvc.admin_email": "admin_email",
    "recordsvc.default_access": "default_access",
    "recordsvc.oai_page_size": "oai_page_size",
    "recordsvc.fiscal_year_start": "fiscal_year_start",
    "recordsvc.workers": "workers",
    "recordsvc.ledger_dir": "ledger_dir",
    "recordsvc.profiles_dir": "profiles_dir",
    "recordsvc.rejustify_years": "rejustify_years",
    "recordsvc.smtp_host": "smtp_host",
    "recordsvc.smtp_port": "smtp_port",
    "recordsvc.smtp_tls": "smtp_tls",
    "recordsvc.smtp_user": "smtp_user",
    "recordsvc.smtp_password_file": "smtp_password_file",
    "recordsvc.mail_from": "mail_from",
    "recordsvc.triage_confidence": "triage_confidence",
    "recordsvc.ocr": "ocr",
    "recordsvc.ocr_languages": "ocr_languages",
    "recordsvc.ocr_max_pages": "ocr_max_pages",
    "recordsvc.likeness": "likeness",
    "recordsvc.likeness_same_text": "likeness_same_text",
    "recordsvc.likeness_format": "likeness_format",
    "recordsvc.likeness_language": "likeness_language",
    "recordsvc.likeness_version": "likeness_version",
    "recordsvc.likeness_near_same": "likeness_near_same",
    "recordsvc.max_upload_bytes": "max_upload_bytes",
    "recordsvc.upload_hours": "upload_hours",
    "mailbox.host": "mailbox_host",
    "mailbox.port": "mailbox_port",
    "mailbox.tls": "mailbox_tls",
    "mailbox.user": "mailbox_user",
    "mailbox.password_file": "mailbox_password_file",
    "mailbox.ca_file": "mailbox_ca_file",
    "mailbox.folder": "mailbox_folder",
    "mailbox.max_bytes": "mailbox_max_bytes",
    "harvest.private_hosts": "harvest_private_hosts",
    "recordsvc.clamd": "clamd",
    "recordsvc.clamd_absent": "clamd_absent",
    "zodb.uri": "store_uri",
    "bitstreams.uri": "bitstreams_uri",
    "search.engine": "engine",
}


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the settings of a command.

    Parameters
    ----------
    path
        The ``.ini`` named by ``--config`` or ``RECORDSVC_CONFIG``; None to take
        ``development.ini`` of the working folder, else the embedded default.
    environ
        ``RECORDSVC_DATA_DIR`` in it overrides the data directory.

    Raises
    ------
    SettingsError
        If the file is missing, a key is unknown or a value is wrong.
    """
    chosen = path or Path("development.ini")
    if not chosen.is_file():
        if path is not None:
            raise SettingsError(f"there is no configuration file {path}")
        chosen = EMBEDDED_DEFAULT
    parser = configparser.ConfigParser(
        defaults={"here": str(chosen.resolve().parent)}, interpolation=None
    )
    parser.read(chosen, encoding="utf-8")
    if not parser.has_section("app:main"):
        raise SettingsError(f"{chosen} has no section [app:main]")
    here = parser.defaults()["here"]
    values = {k: v.replace("%(here)s", here) for k, v in parser["app:main"].items()}
    return settings_from(values, environ, origin=str(chosen))


def settings_from(
    values: Mapping[str, str], environ: Mapping[str, str], *, origin: str = "settings"
) -> Settings:
    """Return the settings that a mapping of ``.ini`` keys says.

    Raises
    ------
    SettingsError
        If a key is unknown (the nearest known key is named) or a value wrong.
    """
    for key in values:
        if key in KEYS or key in FOREIGN_KEYS or key.startswith(FOREIGN_PREFIXES):
            continue
        near = difflib.get_close_matches(key, KEYS, n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise SettingsError(f"{origin}: unknown key {key!r}{hint}")
    data_dir = environ.get("RECORDSVC_DATA_DIR") or values.get("recordsvc.data_dir")
    if not data_dir:
        raise SettingsError(
            "no data directory: work in a folder with a development.ini, name one "
            "with --config FILE.ini (or RECORDSVC_CONFIG), or set RECORDSVC_DATA_DIR"
        )
    return _checked(_typed(values, Path(data_dir).absolute(), environ), origin)


def _typed(
    values: Mapping[str, str], data_dir: Path, environ: Mapping[str, str]
) -> dict[str, object]:
    fields: dict[str, object] = {
        KEYS[key]: text.strip() for key, text in values.items() if key in KEYS
    }
    fields["data_dir"] = data_dir
    moved = bool(environ.get("RECORDSVC_DATA_DIR"))
    # An overridden data directory moves the embedded store with it.
    for field, scheme, folder in (
        ("store_uri", "sqlite://", "store"),
        ("bitstreams_uri", "file://", "bitstreams"),
    ):
        given = str(fields.get(field, ""))
        if not given or (moved and given.startswith(scheme)):
            fields[field] = f"{scheme}{data_dir / folder}"
    for field in ("languages", "ocr_languages"):
        if field in fields:
            fields[field] = tuple(str(fields[field]).split())
    for field in PATHS:
        if fields.get(field):
            fields[field] = Path(str(fields[field])).absolute()
    return fields


def _checked(fields: dict[str, object], origin: str) -> Settings:
    for field in NUMBERS:
        if field in fields:
            try:
                fields[field] = int(str(fields[field]))
            except ValueError:
                raise SettingsError(f"{origin}: {field} is not a number") from None
    for field in FRACTIONS:
        if field in fields:
            fields[field] = _fraction(str(fields[field]), f"{origin}: {field}")
    settings = Settings(**fields)  # type: ignore[arg-type]
    try:
        zoneinfo.ZoneInfo(settings.zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise SettingsError(
            f"{origin}: recordsvc.zone {settings.zone!r} is no IANA time zone"
        ) from None
    if settings.engine not in ENGINES:
        raise SettingsError(
            f"{origin}: search.engine is {settings.engine!r}; "
            f"known engines are {', '.join(ENGINES)}"
        )
    if settings.default_access not in ACCESS_LEVELS:
        raise SettingsError(
            f"{origin}: recordsvc.default_access is {settings.default_access!r}; "
            f"known levels are {', '.join(ACCESS_LEVELS)}"
        )
    if settings.mailbox_tls not in MAILBOX_TLS:
        raise SettingsError(
            f"{origin}: mailbox.tls is {settings.mailbox_tls!r}; "
            f"it may be {', '.join(MAILBOX_TLS)}"
        )
    if settings.rejustify_years < 1:
        raise SettingsError(
            f"{origin}: recordsvc.rejustify_years is {settings.rejustify_years}; "
            "it is 1 or more"
        )
    if not settings.bitstreams_uri.startswith("file://"):
        raise SettingsError(
            f"{origin}: bitstreams.uri must be file://FOLDER, "
            f"not {settings.bitstreams_uri!r}"
        )
    _check_ocr(settings, origin)
    _check_likeness(settings, origin)
    _check_mail(settings, origin)
    return settings


def _fraction(text: str, name: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0.0 <= found <= 1.0:
        raise SettingsError(f"{name} is {text!r}; it lies between 0 and 1")
    return found


def _check_clamd(settings: Settings, origin: str) -> None:
    if settings.clamd_absent not in CLAMD_ABSENT:
        raise SettingsError(
            f"{origin}: recordsvc.clamd_absent is {settings.clamd_absent!r}; "
            f"it may be {', '.join(CLAMD_ABSENT)}"
        )
    if settings.clamd and not CLAMD.fullmatch(settings.clamd):
        raise SettingsError(
            f"{origin}: recordsvc.clamd is {settings.clamd!r}; it is the path of a "
            "socket, such as /run/clamav/clamd.ctl, or HOST:PORT"
        )


def _check_ocr(settings: Settings, origin: str) -> None:
    if settings.ocr not in OCR_MODES:
        raise SettingsError(
            f"{origin}: recordsvc.ocr is {settings.ocr!r}; "
            f"it may be {', '.join(OCR_MODES)}"
        )
    for language in settings.ocr_languages:
        if not OCR_LANGUAGE.fullmatch(language):
            raise SettingsError(
                f"{origin}: recordsvc.ocr_languages names {language!r}; languages are "
                "named as tesseract names them, such as eng or deu"
            )
    if not settings.ocr_languages or settings.ocr_max_pages < 1:
        raise SettingsError(
            f"{origin}: recordsvc.ocr_languages names at least one language, and "
            "recordsvc.ocr_max_pages is 1 or more"
        )


def _check_likeness(settings: Settings, origin: str) -> None:
    for field, choices in LIKENESS_CHOICES.items():
        chosen = getattr(settings, field)
        if chosen not in choices:
            raise SettingsError(
                f"{origin}: recordsvc.{field} is {chosen!r}; "
                f"it may be {', '.join(choices)}"
            )


def _check_mail(settings: Settings, origin: str) -> None:
    if settings.smtp_tls not in SMTP_TLS:
        raise SettingsError(
            f"{origin}: recordsvc.smtp_tls is {settings.smtp_tls!r}; "
            f"it may be {', '.join(SMTP_TLS)}"
        )
    if not 0 < settings.smtp_port < 2**16:
        raise SettingsError(
            f"{origin}: recordsvc.smtp_port is {settings.smtp_port}; "
            "a port lies between 1 and 65535"
        )
    is_far = settings.smtp_host and settings.smtp_host not in LOOPBACK
    if is_far and settings.smtp_user and settings.smtp_tls == "none":
        raise SettingsError(
            f"{origin}: with recordsvc.smtp_tls = none the password of "
            "recordsvc.smtp_user would cross the network in the open; set starttls or "
            "tls"
        )
