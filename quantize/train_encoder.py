"""Fine-tunes the encoder: a question lies near its passage and far from all others.

Loss: InfoNCE over the passages of the batch and one mined wrong passage for each question
(van den Oord, Li, Vinyals, Representation learning with contrastive predictive coding, 2018).
Afterwards the weights are averaged with those it started from, which keeps what it knew before
(Wortsman et al., Robust fine-tuning of zero-shot models, CVPR 2022). Needs the extra `workshop`.
"""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quantize.embedder_recipe import EncoderTraining
from quantize.negatives import Example, Texts

WARM_UP = 0.08
"""Share of the training in which the rate rises."""
NEIGHBOURHOOD = 32
"""Batches whose examples are sorted by length together, so that little is padded."""
NEVER = -1e4


def encode(weights: Path, texts: Sequence[str], longest: int) -> NDArray[np.float32]:
    """Unit vectors of texts by trained weights."""
    import torch  # noqa: PLC0415

    from quantize.half_precision import by_length  # noqa: PLC0415

    rows = tokenize(weights, texts, longest)
    network = _network(weights).bfloat16().eval()
    with torch.inference_mode():
        parts = [
            by_length(rows[start : start + 1024], len, lambda part: _vectors(network, part))
            for start in range(0, len(rows), 1024)
        ]
    return np.asarray(torch.cat(parts).float().numpy(), dtype=np.float32)


def tokenize(weights: Path, texts: Sequence[str], longest: int) -> list[list[int]]:
    """Word numbers of texts, cut to `longest`."""
    from tokenizers import Tokenizer  # noqa: PLC0415

    tokenizer = Tokenizer.from_file(str(weights / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest)
    return [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]


def tokens_seen(weights: Path, texts: Sequence[str]) -> set[str]:
    """Word pieces that occur in texts."""
    from tokenizers import Tokenizer  # noqa: PLC0415

    tokenizer = Tokenizer.from_file(str(weights / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return {piece for found in tokenizer.encode_batch(list(texts)) for piece in found.tokens}


def train(
    base: Path,
    texts: Texts,
    examples: Sequence[Example],
    plan: EncoderTraining,
    chance: random.Random,
) -> dict[str, Any]:
    """Trained weights by name, exact; those that did not change are left out."""
    from quantize.half_precision import Trainer  # noqa: PLC0415

    questions = tokenize(base, texts.questions, plan.question_tokens)
    passages = tokenize(base, texts.passages, plan.passage_tokens)
    trainer = Trainer(_network(base), plan.rate, WARM_UP)

    def losses() -> Iterator[Any]:
        while True:
            for batch in batches(examples, passages, plan.batch, chance):
                wrong = [chance.choice(example.wrong) for example in batch if example.wrong]
                numbers = [example.passage for example in batch] + wrong
                asked = [questions[example.question] for example in batch]
                shown = [passages[number] for number in numbers]
                yield _loss(trainer.network, asked, shown, excused(batch, numbers), plan.scale)

    trainer.run(plan.steps, losses)
    return trainer.exact


def batches(
    examples: Sequence[Example], passages: Sequence[Sequence[int]], size: int, chance: random.Random
) -> list[list[Example]]:
    """All examples once, in batches of like length and in random order; a rest is left out."""
    order = list(examples)
    chance.shuffle(order)
    done: list[list[Example]] = []
    for start in range(0, len(order), size * NEIGHBOURHOOD):
        near = order[start : start + size * NEIGHBOURHOOD]
        near.sort(key=lambda example: len(passages[example.passage]))
        done += [near[at : at + size] for at in range(0, len(near) - size + 1, size)]
    chance.shuffle(done)
    return done


def excused(batch: Sequence[Example], numbers: Sequence[int]) -> NDArray[np.bool_]:
    """For each question the passages that do not count as wrong: of its subject, or its own."""
    mask = np.zeros((len(batch), len(numbers)), dtype=bool)
    for row, example in enumerate(batch):
        for column, number in enumerate(numbers):
            own = column == row
            kin = column < len(batch) and (
                batch[column].subject == example.subject
                or batch[column].question == example.question
            )
            mask[row, column] = not own and (kin or number == example.passage)
    return mask


def average(base: Path, trained: dict[str, Any], share: float, out: Path) -> None:
    """Write `share` of the trained weights plus the rest of the base weights as a model folder."""
    import torch  # noqa: PLC0415
    from transformers import AutoModel  # noqa: PLC0415

    model = AutoModel.from_pretrained(base, add_pooling_layer=False)
    weights = model.state_dict()
    with torch.no_grad():
        for name, weight in trained.items():
            target = weights[name.removeprefix("model.")]
            target.copy_(share * weight + (1 - share) * target)
    model.save_pretrained(out)
    (out / "tokenizer.json").write_bytes((base / "tokenizer.json").read_bytes())


def _network(weights: Path) -> Any:  # noqa: ANN401 - a PyTorch module, PyTorch is not imported here
    from transformers import AutoModel  # noqa: PLC0415

    from quantize.networks import Encoder  # noqa: PLC0415

    return Encoder(
        AutoModel.from_pretrained(weights, attn_implementation="eager", add_pooling_layer=False)
    )


def _vectors(network: Any, rows: list[list[int]]) -> Any:  # noqa: ANN401 - tensors
    from quantize.half_precision import padded  # noqa: PLC0415

    return network(*padded(rows))


def _loss(
    network: Any,  # noqa: ANN401 - a PyTorch module
    asked: list[list[int]],
    shown: list[list[int]],
    mask: NDArray[np.bool_],
    scale: float,
) -> Any:  # noqa: ANN401 - a tensor
    import torch  # noqa: PLC0415

    from quantize.half_precision import by_length  # noqa: PLC0415

    questions = _vectors(network, asked)
    answers = by_length(shown, len, lambda part: _vectors(network, part))
    scores = (questions @ answers.T * scale).masked_fill(torch.from_numpy(mask), NEVER)
    return torch.nn.functional.cross_entropy(scores, torch.arange(len(asked)))
