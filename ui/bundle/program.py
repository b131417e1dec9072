"""Runs an installed program as a person would, to see whether it answers."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ui.bundle.errors import ProgramFailed, WrongPlatform
from ui.bundle.records import Records
from ui.settings import HOME

FIRST_S = 300.0
"""Longest time for a first answer: an old machine with a slow disk builds its library meanwhile."""
_KEPT = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LOCALAPPDATA",
    "PATH",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "USERPROFILE",
)
_LIBRARY = re.compile(r"GLIBC_([\d.]+)\W+not found")
_MISSING = re.compile(r"([\w.+-]+\.so[\w.]*): cannot open shared object")
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Program:
    """A program in a folder."""

    path: Path
    home: Path | None = None
    """Data folder to give it; None leaves it its own."""

    def run(self, *words: str, limit_s: float = FIRST_S) -> str:
        """What it prints.

        Raises:
            ProgramFailed: it says that it failed, with its own words.
            WrongPlatform: this machine cannot run it at all.
        """
        try:
            done = subprocess.run(  # noqa: S603 - the program that was just unpacked and checked
                [str(self.path), *words],
                env=self._environment(),
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=limit_s,
            )
        except subprocess.TimeoutExpired as error:
            raise ProgramFailed(f"The program did not answer within {limit_s:.0f} s.") from error
        except OSError as error:
            raise WrongPlatform(
                f"The program cannot be started on this machine ({error.strerror}). Is the bundle"
                " for this kind of processor, and may programs run in this folder?"
            ) from error
        if done.returncode != 0:
            raise _failed(done.returncode, f"{done.stderr}\n{done.stdout}")
        return done.stdout

    def require_answer(self, question: str) -> int:
        """Ask a question; gives how many sentences with a source came.

        Raises:
            ProgramFailed: no sentence with a source came.
        """
        answer = _json(self.run("ask", "--json", question))
        sentences = answer.get("sentences")
        cited = (
            [one for one in sentences if isinstance(one, dict) and one.get("citations")]
            if isinstance(sentences, list)
            else []
        )
        if answer.get("abstained") is not False or not cited:
            raise ProgramFailed("The program runs, but it did not answer its first question.")
        return len(cited)

    def require_healthy(self) -> None:
        """Let the program check itself with its own data.

        Raises:
            ProgramFailed: naming what is not right.
        """
        report = _json(self.run("doctor", "--json"))
        if report.get("healthy") is not True:
            raise ProgramFailed(f"The program found a fault in itself: {_faults(report)}")

    def _environment(self) -> dict[str, str]:
        """What a program needs; nothing that this one set for its own libraries."""
        given = {key: os.environ[key] for key in _KEPT if key in os.environ}
        home = str(self.home) if self.home else os.environ.get(HOME, "")
        if home:
            given[HOME] = home
        for key in ("XDG_DATA_HOME", "DYLD_FALLBACK_LIBRARY_PATH"):
            if key in os.environ:
                given[key] = os.environ[key]
        return given | {"PYINSTALLER_RESET_ENVIRONMENT": "1"}


def program_in(folder: Path) -> Path:
    """The file to start in a folder of the program."""
    return folder / ("aidpost.exe" if sys.platform == "win32" else "aidpost")


def require_working(folder: Path, question: str) -> int:
    """Raise unless the program in a folder answers a question, with data of its own.

    Gives how many schema changes the library has that it makes for itself; 0 where it makes none.

    Raises:
        ProgramFailed, WrongPlatform: it does not.
    """
    with tempfile.TemporaryDirectory(prefix="aidpost-check-", ignore_cleanup_errors=True) as place:
        Program(program_in(folder), Path(place)).require_answer(question)
        return Records(Path(place)).schema()


def _failed(status: int, said: str) -> ProgramFailed | WrongPlatform:
    too_old, missing = _LIBRARY.search(said), _MISSING.search(said)
    if too_old:
        return WrongPlatform(
            f"This system is too old for the program: it needs the C library {too_old[1]} or newer"
            " (Debian 12, Ubuntu 24.04). Use the wheelhouse instead, or a newer system."
        )
    if missing:
        return ProgramFailed(
            f"The library {missing[1]} is missing on this machine. Install the package of the"
            " distribution that holds it, then try again."
        )
    if status in {-4, 132}:
        return ProgramFailed("This computer's processor lacks instructions that the program needs.")
    last = [row for row in said.strip().splitlines() if row.strip()][-3:]
    words = " ".join(last)[-_LONGEST:] or "it said nothing"
    return ProgramFailed(f"The program gave status {status}: {words}")


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ProgramFailed("The program runs, but its answer cannot be read.") from error
    return found if isinstance(found, dict) else {}


def _faults(report: dict[str, Any]) -> str:
    rows: Sequence[Any] = report.get("findings", [])
    bad = [
        f"{row.get('name')}: {row.get('says')}"
        for row in rows
        if isinstance(row, dict) and row.get("needed") and not row.get("ok")
    ]
    return "; ".join(bad)[:_LONGEST] or "it does not say which"
