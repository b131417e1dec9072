"""What a clinic is asked once: name, whom to call, how fast its computer is. All can be skipped."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.errors import ModelError
from ui.models.advice import Estimate, Speed, best, estimates, load_rules
from ui.models.bundle import Import
from ui.models.catalogue import catalogue, entry
from ui.models.errors import ModelFilesError
from ui.models.folder import Models
from ui.models.machine import Machine, this_machine
from ui.models.trial import Open, measure
from ui.setting_file import write_settings
from ui.settings import Settings

WORDS_A_TOKEN = 0.75
"""English words that one token of a language model holds, about."""
SHORT_ANSWER = 80
"""Words of a short answer."""
LONGEST_NAME = 80
_NUMBER = re.compile(r"[0-9+(][0-9 ()/+-]{1,29}")
LANGUAGES: Mapping[str, str] = {
    "en": "English",
    "fr": "Français",
    "es": "Español",
    "sw": "Kiswahili",
    "hi": "हिन्दी",
    "ar": "العربية",
}
"""Languages of the kiosk's page."""


class BadAnswer(ModelError):
    """Something typed into the set-up cannot be used."""


@dataclass(frozen=True, slots=True)
class Clinic:
    """What is asked of a clinic."""

    name: str = ""
    emergency_number: str = ""
    language: str = "en"


class SetUp:
    """The set-up of this installation; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings as they are."""
        self._lock = threading.Lock()
        self._settings = settings

    @property
    def is_new(self) -> bool:
        """Whether nobody has answered or skipped the questions yet."""
        return not self._now().set_up

    @property
    def clinic(self) -> Clinic:
        """What was answered."""
        now = self._now()
        return Clinic(now.clinic, now.emergency_number, now.language)

    def save(self, clinic: Clinic) -> None:
        """Keep the answers; they hold at once.

        Raises:
            BadAnswer: something in them cannot be used.
            ModelFilesError: the settings file cannot be written.
        """
        checked = check(clinic)
        self._write(
            {
                "clinic": checked.name,
                "emergency_number": checked.emergency_number,
                "language": checked.language,
                "set_up": True,
            }
        )

    def skip(self) -> None:
        """Ask no more.

        Raises:
            ModelFilesError: the settings file cannot be written.
        """
        self._write({"set_up": True})

    def _now(self) -> Settings:
        with self._lock:
            return self._settings

    def _write(self, wanted: Mapping[str, str | int | bool]) -> None:
        with self._lock:
            write_settings(self._settings.home, wanted)
            self._settings = replace(self._settings, **wanted)  # type: ignore[arg-type]


def check(clinic: Clinic) -> Clinic:
    """The answers, tidied.

    Raises:
        BadAnswer: a name is too long, a number is none, or a language is not known.
    """
    name = " ".join(clinic.name.split())
    number = " ".join(clinic.emergency_number.split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise BadAnswer(f"A clinic's name has at most {LONGEST_NAME} letters.")
    if number and not _NUMBER.fullmatch(number):
        raise BadAnswer(
            "The emergency number may hold digits, spaces, + - / ( ) and nothing else, such as"
            " 112 or +254 700 000 000."
        )
    if clinic.language not in LANGUAGES:
        raise BadAnswer(f"There is no page in the language “{clinic.language}”.")
    return Clinic(name, number, clinic.language)


@dataclass(frozen=True, slots=True)
class Computer:
    """What was found out about this computer."""

    machine: Machine
    speed: Speed | None
    why: str
    """Why the speed is not known; empty where it is."""
    chosen: Estimate | None


def try_out(open_model: Open, models: Models) -> Computer:
    """Measure this computer; takes up to a minute."""
    machine = this_machine()
    speed, why = None, ""
    if machine.missing:
        why = f"this processor lacks {', '.join(machine.missing)}, which language models need"
    else:
        try:
            speed = measure(open_model, models.folder, machine.cores)
        except ModelError as error:
            why = str(error)
    found = estimates(catalogue(), machine.memory, speed, load_rules())
    return Computer(machine, speed, why, None if machine.missing else best(found))


def in_words(computer: Computer) -> tuple[str, ...]:
    """What that means, for a person who is no programmer."""
    memory = f"{computer.machine.memory / 1e9:.0f} GB of memory"
    chosen = computer.chosen
    if computer.speed is None:
        return (f"The speed of this computer ({memory}) could not be measured: {computer.why}.",)
    if chosen is None:
        return (
            f"This computer ({memory}) is too small or too slow for a language model. None is"
            " needed: answers come as the library's own lines, at once.",
        )
    words = chosen.writes_per_s * WORDS_A_TOKEN
    seconds = chosen.first_word_s + SHORT_ANSWER / words
    return (
        f"With {entry(chosen.name).title} this computer ({memory}) writes about {words:.0f} words"
        f" a second: a short answer begins after about {chosen.first_word_s:.0f} s and is done"
        f" after about {seconds:.0f} s. The library's own lines come at once in any case.",
        f"With internet: aidpost models pull {chosen.name} --quant {chosen.quant}",
        "Without: bring the model on a stick and name its folder below.",
    )


def take_from(path: Path, models: Models) -> tuple[str, ...]:
    """Take all models of a folder, such as that of a stick; names what came.

    Raises:
        ModelFilesError: there is no model, or it is not whole.
    """
    if not path.is_dir() and not path.is_file():
        raise ModelFilesError(f"There is no folder or file {path}.")
    taken = Import(models).run(path)
    return tuple(model.name for model in taken)
