"""`aidpost triage`: danger signs by rule, with nothing else loaded."""

import sys
from dataclasses import asdict
from typing import Any

import click

from assistant.messages import Patient, Urgency
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
    rules = open_rules()
    if jsonl:
        requests(iter(sys.stdin), lambda request: _serve(rules, request))
        return
    who, warnings = parse_patient(patient)
    urgency = _urgency(rules, " ".join(text), who)
    if as_json:
        click.echo(dumps({**_as_json(urgency), "warnings": list(warnings)}))
    else:
        click.echo(_as_text(urgency))


def _serve(rules: Rules, request: dict[str, Any]) -> dict[str, Any]:
    patient, warnings = parse_patient(request.get("patient") or {})
    urgency = _urgency(rules, str(request.get("text") or ""), patient)
    return {**_as_json(urgency), "warnings": [*unknown_keys(request, KEYS), *warnings]}


def _urgency(rules: Rules, text: str, patient: Patient) -> Urgency:
    cleaned = readable(text)
    return rules.triage(cleaned, rules.merge(patient, rules.find_facts(cleaned)))


def _as_json(urgency: Urgency) -> dict[str, Any]:
    return {
        "level": urgency.level,
        "flags": [asdict(flag) for flag in urgency.flags],
        "ask": list(urgency.ask),
    }


def _as_text(urgency: Urgency) -> str:
    lines = [urgency.level.upper()]
    for flag in urgency.flags:
        lines += [f"{flag.title}: {flag.evidence}", f"  {flag.action}", f"  Source: {flag.source}"]
    return "\n".join([*lines, *(f"Ask: {question}" for question in urgency.ask)])
