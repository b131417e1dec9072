"""What a picture adds to an answer: sentences with their evidence and status, and what to look up.

Image-derived sentences stand apart from those of the library. Where the image model contradicts
itself, or the picture is unlike what it knows, nothing is said of the picture.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from assistant.messages import Answer, Computed, Question, Sentence
from assistant.vision.atlas import Near
from assistant.vision.encoder_zero import UNSURE, Seen
from assistant.vision.heads import Head, Judged

TOP, NEAREST = 3, 3
"""Findings and similar pictures that are told."""
NOT_MEDICAL = frozenset({"other", "paper"})
LIKELY_KIND = 0.5


@dataclass(frozen=True, slots=True)
class HeadSays:
    """What a head says of a picture, and whether it says the same in other light."""

    head: Head
    judged: Judged
    steady: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """All that was found on a picture."""

    encoder: str
    heads: tuple[HeadSays, ...] = ()
    kinds: Mapping[str, float] | None = None
    """Probability of each kind of picture; None where the encoder reads no words."""
    seen: tuple[Seen, ...] = ()
    near: tuple[Near, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is said of a picture."""

    encoder: str
    sentences: tuple[str, ...]
    query: str
    """What is looked up in the library; empty where nothing was called."""
    abstained: bool
    reason: str
    """Why nothing is said; empty where something is."""
    near: tuple[Near, ...]
    status: str
    results: Mapping[str, str]
    """Finding -> probability, or why there is none."""

    def to_json(self) -> dict[str, object]:
        """Plain values."""
        near = [
            {"label": one.entry.label, "likeness": round(one.cosine, 4), "source": one.entry.source}
            for one in self.near
        ]
        return {
            "encoder": self.encoder,
            "abstained": self.abstained,
            "reason": self.reason or None,
            "sentences": [{"text": text, "from": "image"} for text in self.sentences],
            "findings": dict(self.results),
            "near": near,
            "query": self.query,
            "status": self.status,
        }


@cache
def texts() -> Mapping[str, Any]:
    """The wording of the package."""
    text = files("assistant.vision").joinpath("evidence.toml").read_text(encoding="utf-8")
    table: Mapping[str, Any] = tomllib.loads(text)
    return table


def evidence(looked: Looked) -> Evidence:
    """What is said of a picture, or why nothing is."""
    reason = _why_not(looked)
    near = looked.near[:NEAREST]
    results = _results(looked)
    status = str(texts()["status"])
    if reason:
        return Evidence(
            looked.encoder, (), "", abstained=True, reason=reason, near=near, status=status,
            results=results,
        )  # fmt: skip
    called = _called(looked)
    said = [*_by_heads(looked.heads), *_by_words(called, looked.encoder)]
    say = texts()["say"]
    said += [
        say["near"].format(
            label=one.entry.label, likeness=f"{one.cosine:.2f}", source=one.entry.source
        )
        for one in near
    ]
    query = _query(looked.heads, called)
    return Evidence(
        looked.encoder, tuple(said), query, abstained=False, reason="", near=near, status=status,
        results=results,
    )  # fmt: skip


def asked_with(question: Question, found: Evidence) -> Question:
    """The question with what the picture suggests to look up."""
    if not found.query:
        return question
    return replace(question, text=f"{question.text} {found.query}".strip())


def answered_with(answer: Answer, found: Evidence) -> Answer:
    """The answer with what is said of the picture, marked apart, and its status."""
    label = str(texts()["label"])
    sentences = tuple(Sentence(text, "computed", (), label) for text in found.sentences)
    computed = Computed(
        "image",
        dict(found.results),
        {"encoder": found.encoder},
        "frozen embedding, light head or comparison with words",
        found.status,
    )
    return replace(
        answer,
        sentences=(*sentences, *answer.sentences),
        computed=(computed, *answer.computed),
        warnings=(*((found.reason,) if found.reason else ()), found.status, *answer.warnings),
    )


def _why_not(looked: Looked) -> str:
    """Why nothing can be said of a picture; empty where something can."""
    say = texts()["abstain"]
    answering = [one for one in looked.heads if one.judged.known]
    if not looked.heads and not looked.seen and looked.kinds is None:
        return "" if looked.near else str(say["nothing"])
    kind = _likely_kind(looked.kinds)
    if kind in NOT_MEDICAL:
        return str(say["kind"]).format(seen=kind)
    if looked.heads and not answering and not looked.seen:
        return str(say["unlike"])
    for one in answering:
        if not one.steady:
            return str(say["unsteady"]).format(finding=one.judged.finding)
    for seen in looked.seen:
        if not seen.agrees and max(seen.probability, seen.probe) >= UNSURE:
            return str(say["probe"]).format(finding=seen.finding.title)
    return ""


def _likely_kind(kinds: Mapping[str, float] | None) -> str:
    if not kinds:
        return ""
    best = max(kinds, key=lambda kind: kinds[kind])
    return best if kinds[best] >= LIKELY_KIND else ""


def _called(looked: Looked) -> list[Seen]:
    return [one for one in looked.seen if one.agrees and one.probability >= UNSURE][:TOP]


def _by_heads(heads: Sequence[HeadSays]) -> list[str]:
    """A sentence for each head, the likeliest finding first."""
    say, said = texts()["say"], []
    for one in sorted(heads, key=lambda one: -(one.judged.probability or 0.0)):
        judged, about = one.judged, one.head.about
        if judged.probability is None:
            said.append(str(say["unlike"]).format(finding=judged.finding))
            continue
        way = "possible" if judged.called else "unlikely"
        auc = about.figures.get("auc")
        text = str(say[way]).format(
            finding=judged.finding, chance=_percent(judged.probability),
            threshold=_percent(judged.threshold), source=about.source,
            auc=f"{auc:.2f}" if isinstance(auc, float) else "not known",
        )  # fmt: skip
        said.append(text)
    return said


def _by_words(called: Sequence[Seen], encoder: str) -> list[str]:
    say = str(texts()["say"]["shown"])
    return [
        say.format(finding=one.finding.title, chance=_percent(one.probability), encoder=encoder)
        for one in called
    ]


def _query(heads: Sequence[HeadSays], called: Sequence[Seen]) -> str:
    """What is looked up: the findings that were called, the likeliest first."""
    ordered = sorted(heads, key=lambda one: -(one.judged.probability or 0.0))
    words = [one.judged.finding for one in ordered if one.judged.called]
    words += [one.finding.query for one in called]
    return " ".join(dict.fromkeys(words))


def _results(looked: Looked) -> dict[str, str]:
    found = {
        one.judged.finding: "unlike the training pictures"
        if one.judged.probability is None
        else f"{one.judged.probability:.4f}"
        for one in looked.heads
    }
    seen = {f"{one.finding.id} (words)": f"{one.probability:.4f}" for one in looked.seen}
    return {**found, **seen}


def _percent(chance: float) -> str:
    """A probability in words that never claim certainty."""
    held = min(max(round(100 * chance), 1), 99)
    return f"{held} %"
