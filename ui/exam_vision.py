"""`aidpost exam vision`: how well a head tells the pictures of a labelled folder apart.

Each picture is judged by a head that had not seen it, nor another picture of its patient. Then the
pictures are spoilt, by noise, blur, light and JPEG, and judged by the same heads.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.vision.encoder import ImageEncoder
from assistant.vision.heads import About, Head, judge
from assistant.vision.heads_clarity import refused, unlike
from assistant.vision.heads_scores import Truths, ranking, rates
from assistant.vision.heads_train import FOLDS, Labelled, folds_of, train
from ui.exam_vision_spoil import spoilings
from ui.vision_images_train import LabelledFolder, Tell, see_folder, told, train_folder

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Exam:
    """What is examined, and how."""

    folder: Path
    encoder: ImageEncoder
    positive: str
    """The label to find; empty = each against all others."""
    sensitivity: float
    tell: Tell


def run_vision(exam: Exam) -> Json:
    """Figures of a labelled folder.

    Raises:
        ImageError: the folder has no two labels, or too few pictures.
        EncoderUnusable: the encoder is damaged.
    """
    begun = time.monotonic()
    clean = see_folder(exam.folder, exam.encoder, exam.tell)
    seconds = time.monotonic() - begun
    about = (exam.encoder.name, exam.folder.name)
    heads = train_folder(clean, about, exam.positive, exam.sensitivity)
    trained = time.monotonic() - begun - seconds
    findings = [{"finding": head.about.finding, **report.to_json()} for head, report in heads]
    first = heads[0][0].about.finding
    return {
        "encoder": exam.encoder.name,
        "pictures": len(clean.labels),
        "skipped": len(clean.skipped),
        "ms_each": round(1000 * seconds / max(len(clean.labels), 1), 2),
        "training_s": round(trained, 2),
        "findings": findings,
        "robustness": {"finding": first, **_spoilt(exam, clean, first)},
        "status": "not a diagnosis, not a device cleared by any regulator",
    }


def _spoilt(exam: Exam, clean: LabelledFolder, finding: str) -> Json:
    """What spoilt pictures do to heads that learnt from clean ones."""
    truths = np.array([label == finding for label in clean.labels])
    folds = folds_of(truths, FOLDS, clean.patients)
    heads = [_head(clean, truths, folds != fold, exam.sensitivity) for fold in range(FOLDS)]
    found: Json = {"clean": _figures(heads, clean, truths, folds)}
    for name, change in spoilings().items():
        spoilt = see_folder(exam.folder, exam.encoder, exam.tell, change)
        found[name] = _figures(heads, spoilt, truths, folds)
    return found


def _head(data: LabelledFolder, truths: Truths, some: Truths, sensitivity: float) -> Head:
    """A head that learnt from some of the pictures."""
    patients = tuple(np.array(data.patients)[some].tolist())
    labelled = Labelled(data.vectors[some], truths[some], (), patients)
    head = train(labelled, About("", "", "", "", {}), sensitivity)[0]
    return told(head, [one for one, here in zip(data.clarity, some, strict=True) if here])


def _figures(
    heads: Sequence[Head],
    data: LabelledFolder,
    truths: Truths,
    folds: NDArray[np.int64],
) -> Json:
    asked = zip((heads[fold] for fold in folds), data.vectors, data.clarity, strict=True)
    judged = [
        refused(judge(head, vector)) if unlike(head.about.figures, clarity) else judge(head, vector)
        for head, vector, clarity in asked
    ]
    known = np.array([one.known for one in judged])
    chances = np.array([one.probability or 0.0 for one in judged])
    called = np.array([one.called for one in judged])
    answered: Json = {"answered": float(known.mean())}
    if truths[known].all() or not truths[known].any():
        return answered
    area = ranking(chances[known], truths[known])
    at = rates(called[known].astype(np.float64), truths[known], 0.5)
    return {
        **answered,
        **asdict(area),
        "sensitivity": at.sensitivity,
        "specificity": at.specificity,
    }
