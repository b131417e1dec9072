"""What a model that sees adds to the evidence of a picture: a voice beside it, never the last word.

It is heard only on findings that another part has called, so it can name nothing by itself; it
takes no finding away; and where the evidence abstains, it is not asked.
"""

from collections.abc import Iterable
from dataclasses import replace

from assistant.vision.encoder_prepare import Pixels
from assistant.vision.encoder_zero import UNSURE
from assistant.vision.evidence import TOP, Evidence, Looked
from assistant.vision.vlm import Opinion, Said, SeeingModel, opinion, wording
from assistant.writing.language import Cancel


def called(looked: Looked) -> tuple[str, ...]:
    """The findings that heads or words have called, the likeliest first, at most `TOP`."""
    heads = [one.judged for one in looked.heads if one.judged.called]
    found = [(one.probability or 0.0, one.finding) for one in heads]
    found += [
        (one.probability, one.finding.title)
        for one in looked.seen
        if one.agrees and one.probability >= UNSURE
    ]
    ordered = sorted(found, key=lambda one: -one[0])
    return tuple(dict.fromkeys(finding for _, finding in ordered))[:TOP]


def opinions(
    model: SeeingModel, pixels: Pixels, findings: Iterable[str], cancelled: Cancel
) -> tuple[Opinion, ...]:
    """What a model says of findings, one after the other; those after a cancel are left out.

    Raises:
        ImageError: it is no picture.
        ModelError: the model cannot be used.
    """
    heard: list[Opinion] = []
    for finding in findings:
        said = opinion(model, pixels, finding, cancelled)
        if cancelled.is_set():
            break
        heard.append(said)
    return tuple(heard)


def with_opinions(found: Evidence, heard: Iterable[Opinion], model: str) -> Evidence:
    """The evidence with what a model said, in sentences of their own.

    Args:
        found: the evidence; one that abstains stays as it is.
        heard: what the model said.
        model: its name.
    """
    if found.abstained:
        return found
    sentences, results = list(found.sentences), dict(found.results)
    for one in heard:
        held = held_of(one)
        sentences.append(str(wording()["say"][held]).format(finding=one.finding, model=model))
        name = str(wording()["result"]["name"]).format(finding=one.finding)
        results[name] = str(wording()["result"][held])
    return replace(found, sentences=tuple(sentences), results=results)


def held_of(heard: Opinion) -> Said:
    """What counts of an opinion: `unsure` wherever the two answers do not agree."""
    return heard.said if heard.agrees else "unsure"
