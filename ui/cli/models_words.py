"""What `aidpost models recommend` says: a machine, its speed, what each model would do on it."""

from dataclasses import asdict, dataclass

from ui.models.advice import Estimate, Speed
from ui.models.catalogue import entry
from ui.models.disk import in_words
from ui.models.machine import Machine

_BUSY = 0.5
"""Programs at work for each core from which on a measurement says little."""


@dataclass(frozen=True, slots=True)
class Advice:
    """All that is known when a model is recommended."""

    machine: Machine
    speed: Speed | None
    why: str
    """Why the speed is not known; empty where it is."""
    found: tuple[Estimate, ...]
    chosen: Estimate | None


def lines(advice: Advice) -> list[str]:
    """The advice for a person."""
    return [
        *_about(advice.machine),
        *_spoken(advice.speed, advice.why),
        *_caution(advice),
        "",
        *_table(advice.found),
        "",
        *_advice(advice.chosen, advice.speed, advice.machine),
    ]


def values(advice: Advice) -> dict[str, object]:
    """The advice for a program."""
    return {
        "machine": {**asdict(advice.machine), "missing": advice.machine.missing},
        "speed": asdict(advice.speed) if advice.speed else None,
        "speed_unknown": advice.why,
        "estimates": [asdict(one) for one in advice.found],
        "recommended": asdict(advice.chosen) if advice.chosen else None,
        "estimate": True,
    }


def _about(machine: Machine) -> tuple[str, ...]:
    sets = ", ".join(machine.instructions) or "not known"
    return (
        f"Processor: {machine.processor or machine.architecture}, {machine.cores} cores ({sets})",
        f"Memory: {in_words(machine.memory)}, of which {in_words(machine.free)} are free now",
    )


def _spoken(speed: Speed | None, why: str) -> tuple[str, ...]:
    if speed is None:
        return (f"Speed: unknown ({why})",)
    return (
        f"Speed: {speed.weights_per_s / 1e9:.1f} billion (10^9) weights a second while reading,"
        f" {speed.bytes_per_s / 1e9:.1f} GB a second while writing, {speed.threads} threads",
    )


def _caution(advice: Advice) -> list[str]:
    """That the machine was busy, if it was: then everything is faster than it seems."""
    if advice.speed is None or advice.machine.load < _BUSY:
        return []
    return [
        f"Other programs were at work meanwhile ({advice.machine.load:.1f} for each core), so this"
        " is too low. Run it again when the machine is quiet."
    ]


def _table(found: tuple[Estimate, ...]) -> list[str]:
    head = ("model", "form", "memory", "passages", "first word", "tokens/s")
    rows = ["{:<18}{:<9}{:>8}{:>10}{:>12}{:>10}  suits".format(*head)]
    for one in found:
        timed = one.reads_per_s > 0
        first = f"{one.first_word_s:.0f} s" if timed else "?"
        pace = f"{one.writes_per_s:.1f}" if timed else "?"
        memory = f"{one.memory_mb / 1000:.1f} GB"
        row = (
            f"{one.name:<18}{one.quant:<9}{memory:>8}{one.passages.tokens:>10}{first:>12}{pace:>10}"
        )
        rows.append(f"{row}  {one.why_not or 'yes'}")
    return rows


def _advice(chosen: Estimate | None, speed: Speed | None, machine: Machine) -> list[str]:
    if chosen is None:
        return [
            "No language model suits this machine. Reference mode needs none: answers are the"
            " library's own words."
        ]
    found = entry(chosen.name)
    lines = [
        f"Recommended: {found.title}, {chosen.quant}",
        f"  passages of up to {chosen.passages.tokens} tokens, context"
        f" {chosen.passages.context}, about {chosen.memory_mb / 1000:.1f} GB of memory",
    ]
    threads = f" --threads {speed.threads}" if speed else ""
    if speed:
        lines.append(
            f"  Estimate: first word after about {chosen.first_word_s:.0f} s, then"
            f" {chosen.writes_per_s:.0f} tokens a second. It is an estimate from a short trial."
        )
    if chosen.memory_mb * 10**6 > machine.free:
        lines.append("  Close other programs before you use it: too little memory is free now.")
    if found.gated or not found.confirmed:
        lines.append(f"  Note: {found.doubt or 'its terms have to be accepted at the hub'}.")
    installed = f"{chosen.name}-{chosen.quant.casefold()}"
    return [
        *lines,
        f"  Licence: {found.licence} ({found.terms})",
        f"Get it:  aidpost models pull {chosen.name} --quant {chosen.quant}",
        f"Use it:  aidpost models use {installed}{threads}",
    ]
