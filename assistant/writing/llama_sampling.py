"""How the next token is chosen, and how likely the model held it."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from assistant.errors import ModelError
from assistant.writing.language import Chance, GenerationLimits
from assistant.writing.llama_vocabulary import Vocabulary

BAD_GRAMMAR = "The form that the answer must have cannot be used with this language model."

_TOP_K, _TOP_P, _MIN_P = 40, 0.95, 0.05
_OTHERS = 5


@contextmanager
def sampler(
    lib: ModuleType, vocabulary: Vocabulary, limits: GenerationLimits, grammar: str
) -> Iterator[Any]:
    """A chain that chooses tokens.

    Args:
        lib: llama.cpp.
        vocabulary: Of the model.
        limits: Temperature and seed.
        grammar: GBNF text with a rule `root`; empty for none.

    Raises:
        ModelError: The grammar is not one.
    """
    chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
    try:
        for step in _steps(lib, vocabulary, limits, grammar):
            lib.llama_sampler_chain_add(chain, step)
        yield chain
    finally:
        lib.llama_sampler_free(chain)


def chance(lib: ModuleType, context: Any, vocabulary: Vocabulary, token: int) -> Chance:  # noqa: ANN401
    """How likely the token that was just chosen was, and what else was likely."""
    import numpy as np  # noqa: PLC0415 - the engine has loaded it already

    size = vocabulary.size
    logits = np.ctypeslib.as_array(lib.llama_get_logits_ith(context, -1), (size,)).astype(float)
    top = float(logits.max())
    logits -= top + float(np.log(np.exp(logits - top).sum()))
    count = min(_OTHERS, size)
    best = np.argpartition(logits, -count)[-count:]
    ordered = sorted((int(one) for one in best), key=lambda one: (-logits[one], one))
    others = tuple((_word(vocabulary, one), _rounded(logits[one])) for one in ordered)
    return Chance(_word(vocabulary, token), _rounded(logits[token]), others)


def _word(vocabulary: Vocabulary, token: int) -> str:
    return vocabulary.piece(token).decode("utf-8", "replace")


def _rounded(value: Any) -> float:  # noqa: ANN401
    """A plain number fit for JSON; impossible tokens have a finite one too."""
    return round(max(float(value), -1e6), 5)


def _steps(
    lib: ModuleType, vocabulary: Vocabulary, limits: GenerationLimits, grammar: str
) -> Iterator[Any]:
    """What a token goes through to be chosen; the chain frees these."""
    if grammar:
        step = lib.llama_sampler_init_grammar(vocabulary.native, grammar.encode(), b"root")
        # A chain that holds nothing in the place of a grammar takes the process down.
        if not step:
            raise ModelError(BAD_GRAMMAR)
        yield step
    if limits.temperature <= 0.0:
        yield lib.llama_sampler_init_greedy()
        return
    yield lib.llama_sampler_init_top_k(_TOP_K)
    yield lib.llama_sampler_init_top_p(_TOP_P, 1)
    yield lib.llama_sampler_init_min_p(_MIN_P, 1)
    yield lib.llama_sampler_init_temp(limits.temperature)
    yield lib.llama_sampler_init_dist(limits.seed)
