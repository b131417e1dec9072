"""`aidpost interactions`: what the rules of the library say of medicines that meet."""

from dataclasses import asdict
from typing import Any

import click

from assistant.clinical.interactions.check import Interactions
from assistant.clinical.interactions.findings import Finding, Report
from assistant.clinical.medicines.names import Resolved
from assistant.patient import parse_patient
from ui.cli.jsonl import BadRequest, dumps, requests, unknown_keys

KEYS = {"id", "a", "b", "drugs", "patient"}
_ASK = {
    "age": "the age", "egfr": "kidney function (eGFR)", "pregnancy": "whether she is pregnant",
    "breastfeeding": "whether she is breastfeeding", "gest_weeks": "the week of pregnancy",
    "weight_kg": "the weight", "g6pd": "the G6PD result", "sex": "the sex",
}  # fmt: skip
"""Names of patient fields as people say them."""


@click.command()
@click.argument("drug", nargs=-1)
@click.option("--patient", default="", help='Such as "age=30y pregnant=yes allergies=penicillin".')
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
@click.option("--jsonl", is_flag=True, help="One request a line on stdin, one result a line.")
def interactions(drug: tuple[str, ...], patient: str, as_json: bool, jsonl: bool) -> None:
    """Tell what happens when medicines meet each other or do not suit the patient.

    Put a name of several words in quotes: aidpost interactions warfarin "ferrous sulfate".
    """
    from ui.wiring import open_interactions  # noqa: PLC0415

    if not drug and not jsonl:
        raise click.UsageError("Name the medicines, or give --jsonl and requests on stdin.")
    rules = open_interactions()
    if jsonl:
        requests(lambda request: _serve(rules, request))
        return
    who, warnings = parse_patient(patient)
    report = rules.check(drug, who)
    if as_json:
        click.echo(dumps({**as_object(report), "warnings": list(warnings)}))
    else:
        click.echo(as_text(report, rules))


def _serve(rules: Interactions, request: dict[str, Any]) -> dict[str, Any]:
    who, warnings = parse_patient(request.get("patient") or {})
    drugs = request.get("drugs")
    if drugs is None:
        drugs = [request.get("a"), request.get("b")]
    if not isinstance(drugs, list) or not all(isinstance(drug, str) and drug for drug in drugs):
        message = "a request names two medicines as `a` and `b`, or a list of them as `drugs`"
        raise BadRequest(message)
    report = rules.check(drugs, who)
    warned = [*unknown_keys(request, KEYS), *warnings]
    return {**_pair(report), **as_object(report), "warnings": warned}


def _pair(report: Report) -> dict[str, Any]:
    """What the contract says of two medicines."""
    names = [one.medicine or "+".join(one.components) or None for one in report.medicines]
    first = report.findings[0] if report.findings and not report.unknown else None
    return {
        "severity": report.severity,
        "mechanism": first.mechanism if first else "",
        "action": first.action if first else note(report),
        "source": first.source if first else "",
        **dict(zip(("a_resolved", "b_resolved"), names, strict=False)),
        "choices": {one.text: list(one.choices) for one in report.medicines if one.choices},
    }


def as_object(report: Report) -> dict[str, Any]:
    """The report as JSON."""
    return {
        "severity": report.severity,
        "rules": [asdict(one) for one in report.findings],
        "medicines": [asdict(one) for one in report.medicines],
        "unknown": list(report.unknown),
        "not_covered": list(report.not_covered),
        "ask": list(report.ask),
        "suppressed": list(report.suppressed),
        "note": note(report),
        "rules_in_library": report.rules,
    }


def note(report: Report) -> str:
    """What a list without a finding means; empty when there are findings and all is clear."""
    if report.unknown:
        return f"Not known: {', '.join(report.unknown)}. Nothing was checked for it."
    if report.findings:
        return ""
    where = f"No rule in this list for these medicines. It has {report.rules} rules"
    if report.not_covered:
        return f"{where}; none of them names {', '.join(report.not_covered)}."
    return f"{where} and is not complete."


def as_text(report: Report, rules: Interactions) -> str:
    """The report for reading on a terminal: one message a pair, most severe first."""
    lines = [line for one in report.medicines if (line := _about(one, rules))]
    told: set[tuple[str, ...]] = set()
    for finding in report.findings:
        if finding.kind not in ("pair", "duplicate") or finding.medicines not in told:
            told.add(finding.medicines)
            lines += _told(finding)
    remark = note(report)
    lines += [remark] if remark else []
    if report.ask:
        asked = ", ".join(_ASK.get(fact, fact) for fact in report.ask)
        lines.append(f"More can be checked with: {asked}.")
    return "\n".join(lines)


def _told(one: Finding) -> list[str]:
    condition = f" (if {one.condition})" if one.condition else "" if one.sure else " (could be)"
    return [
        f"{one.severity.upper()}: {' + '.join(one.medicines)}{condition}",
        f"  {one.mechanism[:1].upper()}{one.mechanism[1:]}.",
        f"  {one.action}",
        f"  Source: {one.source} [{one.rule}]",
    ]


def _about(one: Resolved, rules: Interactions) -> str:
    """What must be said of a name before anything else."""
    if one.choices:
        names = (rules.names.medicines[name].name for name in one.choices)
        return f"“{one.text}” is not clear. Which of these: {', '.join(names)}?"
    if not one.known:
        return f"“{one.text}” is not known."
    return f"“{one.text}” was read as {one.medicine}." if one.corrected_from else ""
