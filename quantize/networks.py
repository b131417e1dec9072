"""The two networks: an encoder with mean pooling, a re-ranker with one output.

Imports PyTorch, so it is itself imported only inside functions of the workshop.
"""

from typing import Any

import torch
from torch import Tensor, nn


class WordTable(nn.Module):  # type: ignore[misc]  # PyTorch has no types here
    """Word vectors as int8 with one scale a word."""

    def __init__(self, vectors: Tensor) -> None:
        """Round the vectors."""
        super().__init__()
        scale = vectors.abs().amax(1, keepdim=True) / 127
        scale[scale == 0] = 1
        self.register_buffer("codes", torch.round(vectors / scale).to(torch.int8))
        self.register_buffer("scale", scale)

    def forward(self, words: Tensor) -> Tensor:
        """Vectors of word numbers."""
        vectors: Tensor = self.codes[words].float() * self.scale[words]
        return vectors


class Encoder(nn.Module):  # type: ignore[misc]  # PyTorch has no types here
    """Text to a vector of length one."""

    def __init__(self, model: Any) -> None:  # noqa: ANN401 - a transformers model has no type
        """Take the transformer."""
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Unit vectors, shape (texts, dimensions)."""
        hidden = self.model(input_ids=input_ids, attention_mask=attention_mask)
        return nn.functional.normalize(mean(hidden.last_hidden_state, attention_mask), dim=1)


class Reranker(nn.Module):  # type: ignore[misc]  # PyTorch has no types here
    """Question and passage, read together, to log-odds."""

    def __init__(self, model: Any) -> None:  # noqa: ANN401 - a transformers model has no type
        """Take the transformer; the head starts at zero."""
        super().__init__()
        self.model = model
        self.head = nn.Linear(int(model.config.hidden_size), 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """Log-odds, shape (pairs,)."""
        hidden = self.model(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        )
        pooled = mean(hidden.last_hidden_state, attention_mask)
        score: Tensor = self.head(pooled.to(self.head.weight.dtype))
        return score.squeeze(-1).float()


def mean(hidden: Tensor, seen: Tensor) -> Tensor:
    """Mean over the tokens that are there, in full precision."""
    weight = seen.unsqueeze(-1).float()
    return (hidden.float() * weight).sum(1) / weight.sum(1)
