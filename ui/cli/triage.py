"""`aidpost triage`: danger signs by rule, with nothing else loaded."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import click

from assistant.clinical.vital_scores import VitalScores
from assistant.messages import Computed, Patient, Urgency
from assistant.patient import parse_patient
from assistant.pipeline import Rules
from assistant.scope import readable
from ui.cli.jsonl import dumps, requests, unknown_keys

KEYS = {"id", "text", "patient"}


@click.command()
@click.argument("text", nargs=-1)
@click.option("--patient", default="", help='Such as "age=3w pregnant=no".')
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option("--jsonl", is_flag=True, help="One request a line on stdin, one result a line.")
def triage(text: tuple[str, ...], patient: str, as_json: bool, jsonl: bool) -> None:
    """Tell how urgent a situation is, and what to do first."""
    from ui.wiring import open_rules  # noqa: PLC0415

    if not text and not jsonl:
        raise click.UsageError("Type what is the matter, or give --jsonl and requests on stdin.")
    judge = Judge(open_rules(), VitalScores())
    if jsonl:
        requests(lambda request: _serve(judge, request))
        return
    who, warnings = parse_patient(patient)
    urgency, scores = judge.judge(" ".join(text), who)
    if as_json:
        click.echo(dumps({**_as_json(urgency, scores), "warnings": list(warnings)}))
    else:
        click.echo(_as_text(urgency, scores))


@dataclass(frozen=True, slots=True)
class Judge:
    """The rules for danger signs, and the scores from vital signs."""

    rules: Rules
    vital_scores: VitalScores

    def judge(self, text: str, patient: Patient) -> tuple[Urgency, tuple[Computed, ...]]:
        """How urgent a text is, and the scores that its vital signs allow."""
        cleaned = readable(text)
        facts = self.rules.find_facts(cleaned)
        whole = self.rules.merge(patient, facts)
        return self.rules.triage(cleaned, whole), self.vital_scores.scores(cleaned, whole, facts)


def _serve(judge: Judge, request: dict[str, Any]) -> dict[str, Any]:
    patient, warnings = parse_patient(request.get("patient") or {})
    urgency, scores = judge.judge(str(request.get("text") or ""), patient)
    return {**_as_json(urgency, scores), "warnings": [*unknown_keys(request, KEYS), *warnings]}


def _as_json(urgency: Urgency, scores: Sequence[Computed]) -> dict[str, Any]:
    return {
        "level": urgency.level,
        "flags": [asdict(flag) for flag in urgency.flags],
        "ask": list(urgency.ask),
        "scores": [asdict(score) for score in scores],
    }


def _as_text(urgency: Urgency, scores: Sequence[Computed]) -> str:
    lines = [urgency.level.upper()]
    for flag in urgency.flags:
        lines += [f"{flag.title}: {flag.evidence}", f"  {flag.action}", f"  Source: {flag.source}"]
    for score in scores:
        told = score.result
        lines += [f"{told['title']}: {told['value']}. {told['band']}".rstrip(". ") + "."]
        lines += [f"  Not known: {told['missing']}"] if told["missing"] else []
        lines += [f"  Source: {score.source}"]
    return "\n".join([*lines, *(f"Ask: {question}" for question in urgency.ask)])
