"""Results of the calculators, the medicine page and the triage form as HTML and as text. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from assistant.clinical.calculators.model import Calculator, Field, Result
from assistant.clinical.dosing.request import Dose, DoseResult, Measured
from assistant.clinical.dosing.say import listed, short, span
from assistant.clinical.interactions.findings import Report
from assistant.messages import Computed, Urgency
from kb.medicines import Medicine
from ui.render import one_line, urgency_html

DRAFT = "Draft, not clinician-reviewed. Decision support; not a diagnosis."
DECISIONS = {
    "dose": "Dose",
    "warn": "Dose, with care",
    "ask": "First find out",
    "refuse": "Do not give",
}
SEVERITIES = {
    "contraindicated": "Do not give together",
    "major": "Serious",
    "moderate": "Watch",
    "minor": "Small",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A result as HTML and as text for the clipboard."""

    html: str = ""
    text: str = ""


def calculator_shown(calculator: Calculator, result: Result) -> Shown:
    """A worked calculator: value, meaning, steps, formula, source; or what is still missing."""
    labels = {field.name: field.label for field in calculator.fields}
    value = f"{result.shown} {result.unit}".strip() if result.shown else ""
    missing = [labels.get(name, name) for name in result.missing]
    steps = [
        f"{calculator.labels.get(s.name, s.name)}: {_number(s.value)} {s.unit}".strip()
        for s in result.steps
    ]
    used = [f"{labels.get(name, name)}: {shown}" for name, shown in result.inputs.items()]
    rows = [
        ("Meaning", result.band),
        ("Used", "; ".join(used)),
        ("Steps", "; ".join(steps)),
        ("Formula", result.formula),
        ("Not for", result.not_for),
        ("Source", result.source),
    ]
    head = value or ("Fill in what is known" if not used else "Not complete yet")
    return _sheet(result.title, head, rows, missing, result.warnings)


def calculator_error(message: str) -> Shown:
    """An input that cannot be used."""
    return Shown(one_line(f'<p class="problem" role="alert">{escape(message)}</p>'), message)


def field_hint(field: Field, units: Sequence[str]) -> str:
    """What may be typed into a field."""
    allowed = f" in {units[0]}" if units else ""
    others = f" (or {', '.join(units[1:4])})" if len(units) > 1 else ""
    return f"{field.label}{allowed}{others}{'' if field.needed else ', optional'}"


def dose_shown(result: DoseResult, medicine: Medicine | None, report: Report | None) -> Shown:
    """The medicine page: dose and reasons for this patient, interactions, what to know."""
    head = f"{DECISIONS[result.decision]}: {result.name}" if result.name else "Which medicine?"
    rows: list[tuple[str, str]] = []
    if result.dose is not None:
        rows += _dose_rows(result.dose, result.measured)
        rows += [("Also", _in_short(other)) for other in result.also[:3]]
    rows += [("Choose", "; ".join(result.choices))]
    if report is not None:
        rows += _interactions(report)
    rows += [("Not with", "; ".join(result.checks))]
    rows += _known(medicine) if medicine is not None else []
    return _sheet("", head, rows, list(result.missing), result.warnings, result.decision)


def _dose_rows(dose: Dose, measured: Sequence[Measured]) -> Iterable[tuple[str, str]]:
    basis = f" ({dose.basis})" if dose.basis else ""
    yield "Dose", f"{span(dose.amount)} {dose.unit}{basis} {listed(list(dose.routes))}"
    yield "How often", _often(dose)
    yield "For", dose.indication
    yield "Worked out", dose.formula
    yield "To measure", "; ".join(_measure(item) for item in measured[:3])
    most = [
        f"{short(value)} {dose.unit} {per}"
        for value, per in ((dose.max_per_dose, "a dose"), (dose.max_per_day, "a day"))
        if value is not None
    ]
    yield "At most", ", ".join(most)
    yield "Mind", " ".join(part for part in (dose.text, dose.note) if part)
    yield "Source", dose.source


def _in_short(dose: Dose) -> str:
    routes = listed(list(dose.routes))
    return f"{dose.indication}: {span(dose.amount)} {dose.unit} {routes}, {_often(dose)}"


def _often(dose: Dose) -> str:
    if dose.once:
        return "once"
    parts = []
    if dose.doses_per_day:
        times = span(dose.doses_per_day)
        parts.append("once a day" if times == "1" else f"{times} times a day")
    if dose.interval_hours:
        parts.append(f"every {span(dose.interval_hours)} hours")
    if dose.duration_days:
        parts.append(f"for {span(dose.duration_days)} days")
    return ", ".join(parts)


def _measure(item: Measured) -> str:
    if item.volume_ml is not None:
        return f"{short(item.volume_ml)} mL of {item.label}"
    return f"{short(item.pieces)} x {item.label}" if item.pieces is not None else item.label


def together_shown(report: Report) -> Shown:
    """What medicines do to each other and to this patient."""
    names = [one.text for one in report.medicines if one.known]
    worst = SEVERITIES.get(report.findings[0].severity, "") if report.findings else ""
    if worst:
        head = f"{worst}: look at these medicines"
    elif names:
        head = "No rule of the library speaks against these medicines"
    else:
        head = "No medicine of these names is known"
    read_as = [
        f"“{one.corrected_from}” was read as {one.medicine}"
        for one in report.medicines
        if one.corrected_from
    ]
    rows = [("Checked", ", ".join(names)), *_interactions(report, 20)]
    rows += [("Also depends on", ", ".join(report.ask).replace("_", " "))]
    return _sheet("Medicines together", head, rows, [], read_as)


def _interactions(report: Report, most: int = 6) -> Iterable[tuple[str, str]]:
    for one in report.findings[:most]:
        words = SEVERITIES.get(one.severity, one.severity)
        condition = f" if {one.condition}" if one.condition else ""
        yield words, f"{' with '.join(one.medicines)}{condition}: {one.mechanism}; {one.action}"
    if report.unknown:
        yield "Not checked", f"not understood: {', '.join(report.unknown)}"
    if report.not_covered:
        yield "Not covered", f"no rule names {', '.join(report.not_covered)}"


def _known(medicine: Medicine) -> Iterable[tuple[str, str]]:
    record = medicine.record
    pregnancy = record.pregnancy
    yield (
        "Pregnancy",
        f"first third {pregnancy.first}, second {pregnancy.second}, last {pregnancy.third}."
        f" {pregnancy.note}".strip(),
    )
    feeding = record.breastfeeding
    yield "Breastfeeding", f"{feeding.advice}. {feeding.note}".strip()
    yield "Kidney", "; ".join(f"below {rule.below}: {rule.advice}" for rule in record.renal)
    yield "Unwanted", ", ".join(record.adverse)
    yield "Watch", "; ".join(record.monitoring)
    yield "Tell the person", " ".join(record.counsel)
    yield "Forms", "; ".join(f"{form.form} {form.strength}".strip() for form in record.forms)


def triage_shown(urgency: Urgency, scores: Sequence[Computed] = ()) -> Shown:
    """The urgency of a form, with what to do, and the scores from its vital signs."""
    sheets = [_urgency_sheet(urgency), *(_score_sheet(score) for score in scores)]
    return Shown(
        "".join(sheet.html for sheet in sheets), "\n\n".join(sheet.text for sheet in sheets)
    )


def _urgency_sheet(urgency: Urgency) -> Shown:
    if urgency.level in ("emergency", "urgent"):
        lines = [f"{flag.title}: {flag.evidence}. {flag.action}" for flag in urgency.flags]
        return Shown(urgency_html(urgency), "\n".join([urgency.level.upper(), *lines]))
    said = (
        "No danger sign in what was entered. What was not measured is not known to be normal."
        if urgency.level == "none"
        else "Routine: no danger sign in what was entered."
    )
    asked = "".join(f"<li>{escape(one)}</li>" for one in urgency.ask)
    more = f"<h3>Check</h3><ul>{asked}</ul>" if asked else ""
    html = f'<section class="sheet"><p role="status">{escape(said)}</p>{more}</section>'
    return Shown(one_line(html), said)


def _score_sheet(score: Computed) -> Shown:
    told = score.result
    rows = [
        ("Meaning", told["band"]),
        ("Used", "; ".join(f"{name}: {shown}" for name, shown in score.inputs.items())),
        ("Formula", score.formula),
        ("Not for", told["not_for"]),
        ("Source", score.source),
    ]
    missing = [told["missing"]] if told["missing"] else []
    notes = [told["warnings"]] if told["warnings"] else []
    return _sheet(told["title"], told["value"], rows, missing, notes)


def _sheet(
    title: str,
    head: str,
    rows: Iterable[tuple[str, str]],
    missing: Sequence[str],
    warnings: Iterable[str],
    mood: str = "",
) -> Shown:
    kept = [(name, text.strip()) for name, text in rows if text.strip(" .;,")]
    notes = list(warnings)
    html = [f'<article class="sheet tool {escape(mood)}">']
    html += [f"<p>{escape(title)}</p>"] if title else []
    html += [f'<h2 class="value">{escape(head)}</h2>']
    html += [_marked("missing", "Still needed", missing), _marked("notes", "Please note", notes)]
    html += ["<dl>", *(f"<dt>{escape(n)}</dt><dd>{escape(t)}</dd>" for n, t in kept), "</dl>"]
    html += [f'<p class="use">{DRAFT}</p></article>']
    text = [f"{title}: {head}" if title else head, *notes]
    text += [f"Still needed: {', '.join(missing)}"] if missing else []
    text += [f"{name}: {words}" for name, words in kept]
    return Shown(one_line("".join(html)), "\n".join([*text, DRAFT]))


def _marked(kind: str, title: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    listed_here = "".join(f"<li>{escape(one)}</li>" for one in items)
    return f'<section class="{kind}"><h3>{escape(title)}</h3><ul>{listed_here}</ul></section>'


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{round(value, 3):g}"
