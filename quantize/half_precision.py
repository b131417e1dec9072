"""Trains in bfloat16 while the weights are kept, and changed, in full precision.

On processors with bfloat16 arithmetic this is several times as fast as float32; the small steps of
fine-tuning would be lost if the weights themselves were rounded. Word vectors stay as they are, so
that a vocabulary can be trimmed without loss. Imports PyTorch, so it is itself imported only inside
functions of the workshop.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

LOUDEST = 1.0
"""Length to which a gradient is cut."""
HEAD_FACTOR = 20
"""How much faster a head that starts at zero learns than the trained layers."""
SAY_EVERY = 25
Ids = list[int]


class Trainer:
    """Holds the exact weights and makes the steps."""

    def __init__(self, network: nn.Module, rate: float, warm_up: float) -> None:
        """Turn the network to bfloat16 and keep its weights aside, exact."""
        for module in network.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        network.model.embeddings.word_embeddings.weight.requires_grad_(False)  # noqa: FBT003
        learned = [(n, p) for n, p in network.named_parameters() if p.requires_grad]
        self.exact = {name: weight.detach().clone() for name, weight in learned}
        self.network = network.bfloat16().train()
        self._live = {n: p for n, p in self.network.named_parameters() if n in self.exact}
        self._rate, self._warm_up = rate, warm_up
        self._optimizer = torch.optim.AdamW(
            [
                {"params": [weight], "factor": HEAD_FACTOR if name.startswith("head") else 1}
                for name, weight in self.exact.items()
            ],
            lr=rate,
            weight_decay=0.01,
        )

    def run(self, steps: int, losses: Callable[[], Iterator[Tensor]]) -> None:
        """Make a step for each loss, `steps` at most."""
        mean = 0.0
        for step, loss in enumerate(itertools.islice(losses(), steps)):
            self._step(loss, step / steps)
            mean = float(loss) if step == 0 else 0.98 * mean + 0.02 * float(loss)
            if (step + 1) % SAY_EVERY == 0:
                print(f"step {step + 1} of {steps}, loss {mean:.3f}", flush=True)  # noqa: T201

    def _step(self, loss: Tensor, progress: float) -> None:
        rate = self._rate * min(1.0, progress / self._warm_up) * (1 - progress)
        for group in self._optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        loss.backward()
        gradients = {n: p.grad.float() for n, p in self._live.items() if p.grad is not None}
        length = float(
            torch.sqrt(sum(((g * g).sum() for g in gradients.values()), torch.zeros(())))
        )
        cut = min(1.0, LOUDEST / (length + 1e-6))
        for name, gradient in gradients.items():
            self.exact[name].grad = gradient * cut
            self._live[name].grad = None
        self._optimizer.step()
        with torch.no_grad():
            for name, weight in self.exact.items():
                self._live[name].copy_(weight)


def padded(rows: Sequence[Ids]) -> tuple[Tensor, Tensor]:
    """Word numbers padded to the longest row, and where they are real."""
    longest = max(map(len, rows))
    words = torch.zeros((len(rows), longest), dtype=torch.long)
    seen = torch.zeros_like(words)
    for place, row in enumerate(rows):
        words[place, : len(row)] = torch.tensor(row)
        seen[place, : len(row)] = 1
    return words, seen


def by_length(
    rows: Sequence[Any], size: Callable[[Any], int], run: Callable[[Any], Tensor]
) -> Tensor:
    """What `run` says of all rows, in order, run in parts of like length to save padding."""
    order = sorted(range(len(rows)), key=lambda place: size(rows[place]))
    parts = [order[start : start + 32] for start in range(0, len(order), 32)]
    found = torch.cat([run([rows[place] for place in part]) for part in parts])
    back = torch.empty(len(order), dtype=torch.long)
    back[torch.tensor(order)] = torch.arange(len(order))
    return found[back]
