"""The settings: read once from an ``.ini`` into one frozen object."""

import configparser
import difflib
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

EMBEDDED_DEFAULT = Path(__file__).with_name("embedded.ini")
FOREIGN_PREFIXES = ("pyramid.", "jinja2.", "retry.", "tm.", "openapi.")
FOREIGN_KEYS = frozenset({"use", "here", "__file__"})
ENGINES = ("whoosh", "tantivy", "memory")
ACCESS_LEVELS = ("open", "internal", "closed")


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
    if "languages" in fields:
        fields["languages"] = tuple(str(fields["languages"]).split())
    if fields.get("ledger_dir"):
        fields["ledger_dir"] = Path(str(fields["ledger_dir"])).absolute()
    return fields


def _checked(fields: dict[str, object], origin: str) -> Settings:
    for field in ("oai_page_size", "workers"):
        if field in fields:
            try:
                fields[field] = int(str(fields[field]))
            except ValueError:
                raise SettingsError(f"{origin}: {field} is not a number") from None
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
    if not settings.bitstreams_uri.startswith("file://"):
        raise SettingsError(
            f"{origin}: bitstreams.uri must be file://FOLDER, "
            f"not {settings.bitstreams_uri!r}"
        )
    return settings
