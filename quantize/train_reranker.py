"""Trains the re-ranker: which of a few passages answers the question, and whether one does at all.

It starts from the lower layers of the fine-tuned encoder. Loss: which of the choices (softmax) plus
a share of yes or no for each (logistic), so that the score is also comparable between questions.
Needs the extra `workshop`.
"""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from quantize.embedder_recipe import RerankerTraining
from quantize.negatives import Example, Texts
from quantize.train_encoder import tokenize

WARM_UP = 0.06
"""Share of the training in which the rate rises."""
Read = tuple[list[int], list[int]]
"""Word numbers of a question and of a passage, each with its frame."""


def train(
    start: Path,
    texts: Texts,
    examples: Sequence[Example],
    plan: RerankerTraining,
    chance: random.Random,
) -> dict[str, Any]:
    """Trained weights by name, exact."""
    from quantize.half_precision import Trainer, by_length  # noqa: PLC0415

    questions = tokenize(start, texts.questions, plan.question_tokens)
    passages = tokenize(start, texts.passages, plan.passage_tokens)
    trainer = Trainer(_network(start, plan.layers), plan.rate, WARM_UP)

    def losses() -> Iterator[Any]:
        for batch in endless(examples, plan.batch, chance):
            pairs: list[Read] = [
                (questions[example.question], passages[number])
                for example in batch
                for number in choices(example, plan.choices, len(passages), chance)
            ]
            scores = by_length(pairs, _length, lambda part: _scores(trainer.network, part))
            yield _loss(scores.view(len(batch), plan.choices), plan.calibration)

    trainer.run(plan.steps, losses)
    return trainer.exact


def endless(
    examples: Sequence[Example], size: int, chance: random.Random
) -> Iterator[list[Example]]:
    """Batches of examples that have a wrong passage, over and over, each round in another order."""
    order = [example for example in examples if example.wrong]
    size = min(size, len(order))
    while order:
        chance.shuffle(order)
        for start in range(0, len(order) - size + 1, size):
            yield order[start : start + size]


def choices(example: Example, count: int, total: int, chance: random.Random) -> list[int]:
    """The right passage first, then mined wrong ones, then any others."""
    wrong = chance.sample(example.wrong, min(count - 1, len(example.wrong)))
    while len(wrong) < count - 1:
        other = chance.randrange(total)
        if other != example.passage:
            wrong.append(other)
    return [example.passage, *wrong]


def write(start: Path, trained: dict[str, Any], layers: int, out: Path) -> None:
    """Write trained weights as a model folder with head.pt."""
    import torch  # noqa: PLC0415

    network = _network(start, layers)
    weights = network.state_dict()
    with torch.no_grad():
        for name, weight in trained.items():
            weights[name].copy_(weight)
    network.model.save_pretrained(out)
    torch.save(network.head.state_dict(), out / "head.pt")
    (out / "tokenizer.json").write_bytes((start / "tokenizer.json").read_bytes())


def _network(weights: Path, layers: int) -> Any:  # noqa: ANN401 - a PyTorch module
    from transformers import AutoModel  # noqa: PLC0415

    from quantize.networks import Reranker  # noqa: PLC0415

    model = AutoModel.from_pretrained(weights, attn_implementation="eager", add_pooling_layer=False)
    model.encoder.layer = model.encoder.layer[:layers]
    model.config.num_hidden_layers = len(model.encoder.layer)
    return Reranker(model)


def _length(pair: Read) -> int:
    return len(pair[0]) + len(pair[1])


def _scores(network: Any, pairs: list[Read]) -> Any:  # noqa: ANN401 - tensors
    import torch  # noqa: PLC0415

    from quantize.half_precision import padded  # noqa: PLC0415

    words, seen = padded([question + passage[1:] for question, passage in pairs])
    sides = torch.zeros_like(words)
    for place, (question, passage) in enumerate(pairs):
        sides[place, len(question) : len(question) + len(passage) - 1] = 1
    return network(words, seen, sides)


def _loss(scores: Any, calibration: float) -> Any:  # noqa: ANN401 - tensors
    import torch  # noqa: PLC0415

    functional = torch.nn.functional
    right = torch.zeros_like(scores)
    right[:, 0] = 1
    which = functional.cross_entropy(scores, torch.zeros(len(scores), dtype=torch.long))
    whether = functional.binary_cross_entropy_with_logits(scores, right)
    return which + calibration * whether
