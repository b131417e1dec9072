"""`aidpost calc`: calculators and scores, with nothing else loaded."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click

from assistant.clinical.calculators.errors import BadInput
from assistant.clinical.calculators.model import Calculator, Result
from assistant.clinical.calculators.registry import calculate, calculators
from assistant.clinical.solve.solving import Solved, Solver, open_solver
from ui.cli.jsonl import dumps, requests, unknown_keys

KEYS = {"id", "note", "question"}


class Calculators(click.Group):
    """A group whose other names are calculators: `calc bmi weight=60 height=165`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The subcommand, or `run` for a calculator's name."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            return "run", run, args
        return super().resolve_command(ctx, args)


@click.group(cls=Calculators)
def calc() -> None:
    """Work a calculator or score: list, NAME key=value..., or solve."""


@calc.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array on stdout.")
def list_all(as_json: bool) -> None:
    """Name every calculator with its inputs."""
    known = calculators().values()
    if as_json:
        click.echo(dumps([_described(each) for each in known]))
        return
    for each in known:
        names = ", ".join(
            field.name if field.needed else f"[{field.name}]" for field in each.fields
        )
        click.echo(f"{each.id}: {each.title}\n    {names}")


@calc.command("solve")
@click.option("--bench-compat", is_flag=True, help="A benchmark's conventions, for scoring only.")
@click.option("--jsonl", is_flag=True, help="One request a line on stdin, one result a line.")
@click.option("--question", default="", help="What to work out.")
@click.option("--note", default="", help="The patient's note.")
def solve(bench_compat: bool, jsonl: bool, question: str, note: str) -> None:
    """Work out a question from a clinical note."""
    solver = open_solver(bench_compat=bench_compat)
    if jsonl:
        requests(lambda request: _serve(solver, request))
        return
    if not question or not note:
        raise click.UsageError("Give --question and --note, or --jsonl and requests on stdin.")
    click.echo(dumps(_solved(solver.solve(note, question))))


@calc.command("run", hidden=True)
@click.argument("name")
@click.argument("given", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def run(name: str, given: tuple[str, ...], as_json: bool) -> None:
    """Work one calculator."""
    result = calculate(name, _pairs(given), datetime.now(tz=UTC).date())
    click.echo(
        dumps(_as_json(result)) if as_json else _as_text(calculators()[result.calculator], result)
    )


def _serve(solver: Solver, request: dict[str, Any]) -> dict[str, Any]:
    solved = solver.solve(str(request.get("note") or ""), str(request.get("question") or ""))
    return {**_solved(solved), "warnings": unknown_keys(request, KEYS)}


def _solved(solved: Solved) -> dict[str, Any]:
    inputs = {
        name: {"value": each.shown, "span": [each.start, each.end]}
        for name, each in solved.mentions.items()
    }
    return {
        "calculator": solved.calculator,
        "value": solved.value,
        "unit": solved.unit,
        "inputs": inputs,
        "missing": list(solved.missing),
        "abstained": solved.value is None,
        "reason": solved.reason,
    }


def _pairs(given: tuple[str, ...]) -> Mapping[str, str]:
    pairs: dict[str, str] = {}
    for each in given:
        name, sign, value = each.partition("=")
        if not sign or not name or not value:
            message = f"“{each}” is not of the form name=value, such as weight=60kg."
            raise BadInput(message)
        if name in pairs:
            message = f"“{name}” is given twice."
            raise BadInput(message)
        pairs[name.strip().lower()] = value
    return pairs


def _described(calculator: Calculator) -> dict[str, Any]:
    inputs = [
        {
            "name": field.name,
            "label": field.label,
            "kind": field.kind,
            "quantity": field.quantity,
            "choices": list(field.choices),
            "needed": field.needed,
        }
        for field in calculator.fields
    ]
    return {
        "id": calculator.id,
        "title": calculator.title,
        "group": calculator.group,
        "unit": calculator.unit,
        "inputs": inputs,
        "formula": calculator.formula_text,
        "source": calculator.source,
        "not_for": calculator.not_for,
    }


def _as_json(result: Result) -> dict[str, Any]:
    return {
        "calculator": result.calculator,
        "value": result.value,
        "shown": result.shown,
        "unit": result.unit,
        "range": None if result.low is None else [result.low, result.high],
        "band": result.band,
        "inputs": dict(result.inputs),
        "missing": list(result.missing),
        "steps": [[step.name, step.value, step.unit] for step in result.steps],
        "warnings": list(result.warnings),
        "formula": result.formula,
        "source": result.source,
        "status": result.status,
        "not_for": result.not_for,
    }


def _as_text(calculator: Calculator, result: Result) -> str:
    lines = [f"{result.title}: {result.shown or 'needs more'} {result.unit}".rstrip()]
    if result.band:
        lines.append(result.band)
    if result.missing:
        labels = [field.label for field in calculator.fields if field.name in result.missing]
        lines.append("Needs: " + "; ".join(labels))
    lines += [
        f"  {calculator.labels.get(s.name, s.name)}: {_number(s.value)} {s.unit}".rstrip()
        for s in result.steps
    ]
    used = ", ".join(f"{name} {shown}" for name, shown in result.inputs.items())
    lines += [f"Inputs: {used}", f"Formula: {result.formula}", *result.warnings]
    if result.not_for:
        lines.append(f"Not for: {result.not_for}")
    return "\n".join([*lines, f"Source: {result.source}"])


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{round(value, 3):g}"
