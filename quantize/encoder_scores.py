"""Measures the exported models on the pairs that were held back.

Every held-back passage is a candidate for every held-back question, so the figures are comparable
between runs of one recipe, not with other collections. Needs the extra `workshop`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quantize.negatives import gather
from quantize.pairs import Pair

Floats = NDArray[np.float32]
DEPTH = 20
"""Passages that are read again by the re-ranker."""
LONGEST = 192
"""Tokens read while measuring; hardly a held-back passage is longer."""


@dataclass(frozen=True, slots=True)
class Scores:
    """How well held-back passages are found; nothing that was not measured has scores."""

    questions: int
    passages: int
    ndcg10: float
    mrr10: float

    def __post_init__(self) -> None:
        """Refuse to exist without a measurement.

        Raises:
            ValueError: there was no question or no passage.
        """
        if self.questions < 1 or self.passages < 1:
            message = "Scores need at least one question and one passage."
            raise ValueError(message)

    def table(self) -> dict[str, float]:
        """The same as numbers by name, rounded."""
        return {
            "questions": self.questions,
            "passages": self.passages,
            "ndcg10": round(self.ndcg10, 4),
            "mrr10": round(self.mrr10, 4),
        }


class OnnxModel:
    """An exported model with its tokenizer; runs one text at a time."""

    def __init__(self, folder: Path) -> None:
        """Load both files of the folder."""
        from onnxruntime import InferenceSession  # noqa: PLC0415
        from tokenizers import Tokenizer  # noqa: PLC0415

        self._session = InferenceSession(
            str(folder / "model.onnx"), providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(LONGEST)
        self._inputs = [entry.name for entry in self._session.get_inputs()]

    def run(self, text: str, other: str | None = None) -> Floats:
        """The model's row for a text, or for a text and another."""
        encoding = self._tokenizer.encode(text, other)
        known: dict[str, Any] = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
        }
        feed = {name: np.array([known[name]], dtype=np.int64) for name in self._inputs}
        row: Floats = np.asarray(self._session.run(None, feed)[0][0], dtype=np.float32)
        return row


def score_encoder(folder: Path, pairs: Sequence[Pair]) -> Scores:
    """Scores of the ranking by cosine."""
    texts = gather(pairs)
    cosines = _cosines(OnnxModel(folder), texts.questions, texts.passages)
    rankings = [np.argsort(-row, kind="stable")[:DEPTH].tolist() for row in cosines]
    return score(rankings, texts.asked)


def score_reranker(encoder: Path, folder: Path, pairs: Sequence[Pair]) -> Scores:
    """Scores after the re-ranker has put the encoder's best twenty in order."""
    texts, model = gather(pairs), OnnxModel(folder)
    cosines = _cosines(OnnxModel(encoder), texts.questions, texts.passages)
    rankings = []
    for question, row in zip(texts.questions, cosines, strict=True):
        best = np.argsort(-row, kind="stable")[:DEPTH].tolist()
        found = {number: float(model.run(question, texts.passages[number])) for number in best}
        rankings.append(sorted(best, key=lambda number: -found[number]))
    return score(rankings, texts.asked)


def score(rankings: Sequence[Sequence[int]], asked: Sequence[frozenset[int]]) -> Scores:
    """nDCG@10 and MRR@10 of rankings of passages, one a question.

    Args:
        rankings: passage numbers for each question, best first.
        asked: for each passage the questions that it answers.

    Raises:
        ValueError: there is nothing to measure with.
    """
    right: list[set[int]] = [set() for _ in rankings]
    for passage, questions in enumerate(asked):
        for question in questions:
            right[question].add(passage)
    ndcg, mrr = 0.0, 0.0
    for ranking, gold in zip(rankings, right, strict=True):
        places = [place for place, number in enumerate(ranking[:10]) if number in gold]
        ideal = sum(1 / math.log2(place + 2) for place in range(min(10, len(gold))))
        ndcg += sum(1 / math.log2(place + 2) for place in places) / ideal if ideal else 0.0
        mrr += 1 / (places[0] + 1) if places else 0.0
    count = len(rankings)
    return Scores(count, len(asked), ndcg / max(1, count), mrr / max(1, count))


def _cosines(model: OnnxModel, questions: Sequence[str], passages: Sequence[str]) -> Floats:
    shown = np.stack([model.run(passage) for passage in passages])
    asked = np.stack([model.run(question) for question in questions])
    cosines: Floats = asked @ shown.T
    return cosines
