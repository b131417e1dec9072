"""Puts what the engines found into an answer."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from assistant.engines.finding import Finding
from assistant.grounding import Gate
from assistant.messages import Answer, Dropped, Sentence
from assistant.quantities import quantities
from kb.text import words

LABEL = "From the tables and calculators"
FORBIDDEN = "the engine says that this patient must not get"


def with_findings(answer: Answer, findings: Sequence[Finding], gate: Gate) -> Answer:
    """The answer with the engines' sentences first.

    Lines with a dose of a medicine that an engine forbids this patient are left out, and an answer
    that has an engine's sentence is no abstention.
    """
    there = {one.text for one in answer.sentences if one.kind == "computed"}
    said = [
        one
        for one in findings
        if one.text and one.text not in there and gate.computed(one.text, one.computed).passes
    ]
    names = tuple(name for one in findings for name in one.forbids)
    kept = [one for one in answer.sentences if not _forbidden(one.text, names)]
    left_out = [one for one in answer.sentences if _forbidden(one.text, names)]
    first = 1 + sum(key.startswith("e") for key in answer.citations)
    keys = [f"e{number}" for number, _ in enumerate(said, first)]
    sentences = [
        Sentence(one.text, "computed", (key,) if one.citation else (), LABEL)
        for key, one in zip(keys, said, strict=True)
    ]
    cited = {key: one.citation for key, one in zip(keys, said, strict=True) if one.citation}
    answer = replace(
        answer,
        sentences=(*sentences, *kept),
        citations={**cited, **answer.citations},
        computed=(*(one.computed for one in said), *answer.computed),
        dropped=(*answer.dropped, *(Dropped(one.text, FORBIDDEN) for one in left_out)),
        warnings=_together(answer.warnings, (one.warnings for one in said)),
        missing=_together(answer.missing, (one.missing for one in findings)),
    )
    if said and answer.abstained:
        return replace(answer, abstained=False, reason=None, nearest=())
    return answer


def _forbidden(text: str, names: Sequence[str]) -> bool:
    """Whether a line gives an amount of one of these medicines."""
    if not names or not quantities(text):
        return False
    spoken = f" {' '.join(words(text))} "
    return any(f" {' '.join(words(name))} " in spoken for name in names)


def _together(first: tuple[str, ...], others: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *(one for group in others for one in group))))
