"""Writes `docs/gate.md`: what the gate lets through, by family of lie, and the risk-coverage curve.

Run with `python tests/gate_report.py` from the checkout; takes about half a minute.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from makers_lies import Lie, by_hand, lies

from assistant.grounding import LEAST_KEPT, Gate
from assistant.quantities import untraced
from kb.statements import Statement
from kb.text import Stemmer

PAGE = Path(__file__).parent.parent / "docs" / "gate.md"
SEED, EACH = 2027, 60
LEAST_SHOWN = 0.01
"""Score of a sentence that is shown and keeps next to nothing; one that is dropped has 0."""
THRESHOLDS = (LEAST_SHOWN, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
HAND = {"lies_hand": "tuned on", "lies_held_back": "held back"}

Said = tuple[str, tuple[Statement, ...]]
Score = Callable[[str, Sequence[Statement]], float]


def main() -> None:
    """Measure and write the page."""
    made = lies(SEED, EACH)
    PAGE.write_text("\n".join((_head(made), _by_family(made), _by_hand(), _curve(made))), "utf-8")


def _head(made: Sequence[Lie]) -> str:
    gate = Gate()
    shown = sum(_shown(gate, lie.text, lie.cited) for lie in made)
    passed = [lie for lie in made if gate.written(lie.text, lie.cited).passes]
    wrong = sum(bool(untraced(lie.text, " ; ".join(c.text for c in lie.cited))) for lie in passed)
    return f"""# The gate, measured

Written by `python tests/gate_report.py`; the tests hold bounds a little below these figures.

A sentence of a model is *dropped*, *shown*, or *replaced*: where it speaks of an amount, the cited line
stands in its place, word for word, with all its conditions. A lie that is replaced reaches nobody.

{len(made)} lies made from the starter cards (seed {SEED}): **{shown} shown ({_percent(shown, len(made))})**,
{len(passed) - shown} replaced by the source's own words, {len(made) - len(passed)} dropped;
{wrong} passed with a number that the cited lines do not hold. Threshold: a sentence keeps at least
{LEAST_KEPT:.0%} of the words of its line.
"""


def _by_family(made: Sequence[Lie]) -> str:
    gate = Gate()
    told, shown, replaced = Counter(), Counter(), Counter()
    for lie in made:
        told[lie.family] += 1
        verdict = gate.written(lie.text, lie.cited)
        if verdict.passes:
            (replaced if verdict.quote_instead else shown)[lie.family] += 1
    rows = [f"| {f} | {told[f]} | {shown[f]} | {replaced[f]} |" for f in sorted(told)]
    return "\n".join(
        (
            "## Lies by family",
            "",
            "| family | told | shown | replaced |",
            "|---|---|---|---|",
            *rows,
            "",
        )
    )


def _by_hand() -> str:
    gate = Gate()
    rows = []
    for name, called in HAND.items():
        true, false = _told(name)
        heard = sum(gate.written(*one).passes for one in true)
        passed = sum(gate.written(*one).passes for one in false)
        rows.append(
            f"| {called} (`tests/data/{name}.toml`) | {heard} of {len(true)} ({_percent(heard, len(true))}) "
            f"| {passed} of {len(false)} ({_percent(passed, len(false))}) |"
        )
    return "\n".join(
        (
            "## Rewordings and lies written by hand",
            "",
            "| set | true rewordings heard | lies that pass |",
            "|---|---|---|",
            *rows,
            "",
        )
    )


def _curve(made: Sequence[Lie]) -> str:
    """Risk and coverage over the threshold, with the rules and with words alone."""
    true = [one for name in HAND for one in _told(name)[0]]
    false = [one for name in HAND for one in _told(name)[1]] + [
        (lie.text, lie.cited) for lie in made if lie.cited
    ]
    ruled, bare = _ruled(Gate(0.0)), _overlap(Stemmer())
    rows = []
    with_rules = ([abs(ruled(*one)) for one in true], [ruled(*one) for one in false])
    by_words = ([bare(*one) for one in true], [bare(*one) for one in false])
    for least in THRESHOLDS:
        cells = [
            f"{_above(scores, least):.3f}" for pair in (with_rules, by_words) for scores in pair
        ]
        rows.append(f"| {least:.2f} | {' | '.join(cells)} |")
    return "\n".join(
        (
            "## Risk and coverage", "",
            "Coverage is the share of true rewordings that pass, risk the share of lies that pass and are",
            "not replaced. Words alone (share of words that sentence and line have in common, no rules)",
            "cannot tell a changed figure or a turned \"not\": its risk stays high wherever it covers much.", "",
            "| threshold | coverage, rules | risk, rules | coverage, words alone | risk, words alone |",
            "|---|---|---|---|---|", *rows, "",
        )
    )  # fmt: skip


def _told(name: str) -> tuple[list[Said], list[Said]]:
    true = [(text, (one.line,)) for one in by_hand(name) for text in one.true]
    false = [(text, (one.line,)) for one in by_hand(name) for _, text in one.lies]
    return true, false


def _ruled(gate: Gate) -> Score:
    """Share of the line that is kept; 0 for a sentence that is dropped, -1 for one replaced."""

    def score(text: str, cited: Sequence[Statement]) -> float:
        verdict = gate.written(text, cited)
        if not verdict.passes:
            return 0.0
        return -1.0 if verdict.quote_instead else max(verdict.kept, LEAST_SHOWN)

    return score


def _overlap(stemmer: Stemmer) -> Score:
    def score(text: str, cited: Sequence[Statement]) -> float:
        said = set(stemmer.stems(text))
        there = [set(stemmer.stems(one.text)) for one in cited]
        return max((2 * len(said & line) / (len(said) + len(line)) for line in there), default=0.0)

    return score


def _shown(gate: Gate, text: str, cited: Sequence[Statement]) -> bool:
    verdict = gate.written(text, cited)
    return verdict.passes and not verdict.quote_instead


def _above(scores: Iterable[float], least: float) -> float:
    known = list(scores)
    return sum(score >= least for score in known) / len(known)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"


if __name__ == "__main__":
    main()
