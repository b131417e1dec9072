"""`aidpost doctor`: what is installed, what works, what is missing and how to get it."""

import platform
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from assistant.errors import AssistantError
from assistant.messages import Question
from kb.errors import LibraryError
from ui.cli.jsonl import dumps
from ui.network_watch import watch_network

if TYPE_CHECKING:
    from ui.settings import Settings
    from ui.wiring import Desk

QUESTION = "How much ORS for plan B in a child of 10 kg?"
DANGER = "baby 3 days old, not feeding, cold to touch"
NONSENSE = "dose of zelmoraxin for karvath fever"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    name: str
    ok: bool
    says: str
    needed: bool = True
    """Whether the assistant cannot work without it."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def doctor(as_json: bool) -> None:
    """Check this installation and ask it a question; nothing leaves the machine."""
    seen: list[str] = []
    watch_network(seen)
    findings = [_versions(), *_desk_findings(), *_extras(), _network(seen)]
    healthy = all(finding.ok for finding in findings if finding.needed)
    if as_json:
        click.echo(dumps({"healthy": healthy, "findings": [asdict(f) for f in findings]}))
    else:
        for finding in findings:
            mark = "ok     " if finding.ok else "FAILED " if finding.needed else "absent "
            click.echo(f"{mark} {finding.name}: {finding.says}")
        click.echo("Aidpost works." if healthy else "Aidpost does not work; see FAILED above.")
    sys.exit(0 if healthy else 1)


def _versions() -> Finding:
    return Finding(
        "versions", True, f"aidpost {version('aidpost')}, Python {platform.python_version()}"
    )


def _desk_findings() -> list[Finding]:
    from ui.settings import load_settings  # noqa: PLC0415
    from ui.wiring import open_desk  # noqa: PLC0415

    settings, banners = load_settings()
    try:
        desk = open_desk(settings, banners)
    except LibraryError as error:
        return [*_notes(banners), Finding("library", False, str(error))]
    try:
        notes = _notes(desk.banners)
        checks = (_library, _meaning, _answers, _danger, _abstains)
        return [*notes, *(_guarded(check, desk) for check in checks)]
    finally:
        desk.close()


def _guarded(check: "Callable[[Desk], Finding]", desk: "Desk") -> Finding:
    try:
        return check(desk)
    except (AssistantError, LibraryError) as error:
        return Finding(check.__name__.strip("_"), False, str(error))


def _library(desk: "Desk") -> Finding:
    from ui.district import told  # noqa: PLC0415

    problems = desk.library.verify()
    count = len(desk.library.documents())
    says = f"{count} documents, {len(problems)} problems, in {told(desk.settings)}"
    return Finding("library", not problems and count > 0, says)


def _notes(banners: tuple[str, ...]) -> list[Finding]:
    return [Finding("notice", False, banner, needed=False) for banner in banners]


def _meaning(desk: "Desk") -> Finding:
    name = "search by meaning"
    if not desk.settings.meaning:
        return Finding(name, False, "switched off in the settings; words only", needed=False)
    encoder = desk.library.encoder
    if encoder is None:
        return Finding(name, False, "its encoder is missing or damaged; words only")
    return Finding(name, True, f"encoder {encoder}")


def _answers(desk: "Desk") -> Finding:
    answer = desk.assistant.answer(Question(QUESTION))
    good = not answer.abstained and all(s.citations for s in answer.sentences)
    says = f"{len(answer.sentences)} cited sentences in {answer.timings_ms['total']:.0f} ms"
    return Finding("asks and answers", good, says)


def _danger(desk: "Desk") -> Finding:
    urgency = desk.assistant.answer(Question(DANGER)).urgency
    return Finding("danger signs", urgency.level == "emergency", f"level {urgency.level}")


def _abstains(desk: "Desk") -> Finding:
    answer = desk.assistant.answer(Question(NONSENSE))
    return Finding("says when it does not know", answer.abstained, answer.reason or "it answered")


def _extras() -> list[Finding]:
    """What adds an ability, and how to get it."""
    from ui.settings import load_settings  # noqa: PLC0415

    settings, _ = load_settings()
    checks = (_language_model, _listening, _voice, _images, _seeing)
    return [check(settings) for check in checks]


def _language_model(settings: "Settings") -> Finding:
    name = "language models (llama.cpp)"
    if find_spec("llama_cpp") is None:
        return Finding(name, False, "not installed; add it with: make llm", needed=False)
    used = settings.model or settings.remote
    says = f"in use: {used}" if used else "installed; see: aidpost models recommend"
    return Finding(name, bool(used), says, needed=False)


def _listening(settings: "Settings") -> Finding:
    from ui.models.allowed import models_of  # noqa: PLC0415

    name = "listening (Whisper)"
    if find_spec("faster_whisper") is None:
        return Finding(name, False, "not installed; add it with: make speech", needed=False)
    try:
        found = [one.name for one in models_of(settings.home).lock().models if one.kind == "speech"]
    except AssistantError as error:
        return Finding(name, False, str(error), needed=False)
    says = f"models: {', '.join(found)}" if found else "no model; get one: aidpost models pull"
    return Finding(name, bool(found), says, needed=False)


def _voice(settings: "Settings") -> Finding:
    from speech.errors import SpeechError  # noqa: PLC0415
    from ui.speech_wiring import open_voices  # noqa: PLC0415

    try:
        open_voices(settings.home)
    except SpeechError as error:
        return Finding("voice", False, str(error), needed=False)
    return Finding("voice", True, "a program of this machine speaks", needed=False)


def _images(settings: "Settings") -> Finding:
    says = "switched on" if settings.images else "off; papers are read in any case"
    return Finding("pictures of the body", settings.images, says, needed=False)


def _seeing(settings: "Settings") -> Finding:
    from ui.vision_vlm import has_sight  # noqa: PLC0415

    there = has_sight(settings)
    says = "a listed model with its projector" if there else "none; pictures go without"
    return Finding("a model that sees", there, says, needed=False)


def _network(seen: list[str]) -> Finding:
    says = (
        "nothing listened and nothing called out during this check" if not seen else "; ".join(seen)
    )
    return Finding("network", not seen, says)
