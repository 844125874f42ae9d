"""Tesseract: whether it is installed, which languages it reads, and one page by it."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import AnswerError, OCRMissingError
from ingest.limits import Limits
from ingest.ocrscan import DOTS_PER_INCH
from ingest.ocrtext import RecognisedPage, page_of_words
from ingest.programs import Program, ProgramRunner

__all__ = ["PAGE_LIMITS", "Tesseract", "find_tesseract", "read_scan"]

PAGE_LIMITS = Limits(
    wall_s=180.0,
    cpu_s=60,
    address_space_bytes=1024 * 1024 * 1024,
    file_bytes=32 * 1024 * 1024,
)
_MAX_TABLE_BYTES = 16 * 1024 * 1024
_ASKED_S = 20.0
_ORIENTATION = "osd"
_FOLDER = re.compile(r'^List of available languages in "([^"]+)"', re.MULTILINE)
_VERSION = re.compile(r"^tesseract v?(\d[\w.-]*)")
# Our tags for languages (BCP 47) and tesseract's (ISO 639-2/T, with script).
_NAMES = {
    "af": "afr", "ar": "ara", "bg": "bul", "cs": "ces", "da": "dan", "de": "deu",
    "el": "ell", "en": "eng", "es": "spa", "et": "est", "fi": "fin", "fr": "fra",
    "ga": "gle", "hi": "hin", "hr": "hrv", "hu": "hun", "it": "ita", "ja": "jpn",
    "lt": "lit", "lv": "lav", "mt": "mlt", "nl": "nld", "no": "nor", "pl": "pol",
    "pt": "por", "ro": "ron", "ru": "rus", "si": "sin", "sk": "slk", "sl": "slv",
    "sv": "swe", "sw": "swa", "ta": "tam", "tr": "tur", "uk": "ukr",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Tesseract:
    """Hold what is installed.

    Parameters
    ----------
    path
        The program.
    version
        Such as ``5.3.0``.
    folder
        The folder of its language data.
    languages
        The names it has data for, such as ``eng``.
    """

    path: str
    version: str
    folder: str
    languages: frozenset[str]

    def usable(
        self, wanted: Iterable[str], first: str | None = None
    ) -> tuple[str, ...]:
        """Return those of the wanted languages that there is data for, in order.

        Parameters
        ----------
        wanted
            Names as tesseract has them, or tags as BCP 47 has them.
        first
            The language that the paper is known to have: it is tried before others.

        Examples
        --------
        >>> found = Tesseract(path="", version="", folder="", languages={"eng", "fra"})
        >>> found.usable(["eng", "ell"], first="fr")
        ('fra', 'eng')
        """
        names = (_name(one) for one in (*([first] if first else ()), *wanted))
        return tuple(dict.fromkeys(n for n in names if n in self.languages))

    def program(self) -> Program:
        """Return the program as it is run."""
        return Program(
            path=self.path,
            readable=(self.folder,),
            # A page keeps to one processor: several pages are read at a time.
            environment={"OMP_THREAD_LIMIT": "1", "TESSDATA_PREFIX": self.folder},
        )


def _name(language: str) -> str:
    return _NAMES.get(language.partition("-")[0].lower(), language)


def find_tesseract() -> Tesseract:
    """Return the tesseract of this machine.

    Raises
    ------
    OCRMissingError
        It is not installed, or does not start.
    """
    path = shutil.which("tesseract")
    if path is None:
        raise OCRMissingError("tesseract is not installed")
    try:
        version = _VERSION.search(_said(path, "--version"))
        listed = _said(path, "--list-langs")
    except (OSError, subprocess.SubprocessError) as failure:
        raise OCRMissingError(f"tesseract does not start: {failure}") from failure
    folder = _FOLDER.search(listed)
    if version is None or folder is None:
        raise OCRMissingError("tesseract does not say its version and its languages")
    return Tesseract(
        path=str(Path(path).resolve()),
        version=version[1],
        folder=folder[1],
        languages=frozenset(line.strip() for line in listed.splitlines()[1:]),
    )


def _said(path: str, question: str) -> str:
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8"}
    if "TESSDATA_PREFIX" in os.environ:
        environment["TESSDATA_PREFIX"] = os.environ["TESSDATA_PREFIX"]
    answer = subprocess.run(
        [path, question],
        capture_output=True,
        check=True,
        env=environment,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=_ASKED_S,
    )
    return answer.stdout or answer.stderr


def read_scan(
    runner: ProgramRunner,
    tesseract: Tesseract,
    scan: int,
    number: int,
    languages: Iterable[str],
) -> RecognisedPage:
    """Return what stands in the picture of one page.

    Parameters
    ----------
    runner
        Runs tesseract.
    scan
        Descriptor of the picture (:func:`ingest.ocrscan.scan_page`), at its start.
    number
        The page that it is.
    languages
        Names that tesseract has data for.

    Raises
    ------
    TemplateError
        No program can be started any more.
    """
    # With orientation data, a page that lies on its side is turned.
    layout = "1" if _ORIENTATION in tesseract.languages else "3"
    arguments = ["stdin", "stdout", "-l", "+".join(languages)]
    arguments += ["--psm", layout, "--dpi", str(DOTS_PER_INCH), "tsv"]
    table = os.memfd_create("words")
    try:
        run = runner.run(arguments, source=scan, target=table)
        if run.failure is not None:
            return RecognisedPage(number=number, problem=run.failure)
        content = os.pread(table, _MAX_TABLE_BYTES, 0)
    finally:
        os.close(table)
    try:
        return page_of_words(content, number)
    except AnswerError as refusal:
        return RecognisedPage(number=number, problem=str(refusal))
