"""Measures a finished encoder and re-ranker on what was held back, and writes their records.

It needs neither PyTorch nor the weights they were trained from, so what is shipped can be measured
again at any time: the held-back pairs follow from the recipe alone.
"""

import random
from collections.abc import Sequence
from pathlib import Path

from quantize.embedder_recipe import Recipe
from quantize.encoder_files import ENCODER, RERANKER, Made, write_folder
from quantize.encoder_scores import Scores, score_encoder, score_reranker
from quantize.pair_sources import read_source
from quantize.pairs import Pair, Split, split

HELD_OUT_KINDS = ("medquad",)
"""Sources whose subjects are held back: those with many questions on each."""


def measure(recipe: Recipe, folder: Path, held_out: Sequence[Pair]) -> dict[str, Scores]:
    """Measure the models in `encoder` and `reranker` of a folder and write manifest and card.

    Without held-back pairs the records are written without scores, and none are given back.
    """
    encoder, reranker = folder / ENCODER, folder / RERANKER
    if not held_out:
        write_folder(encoder, ENCODER, Made(recipe))
        write_folder(reranker, RERANKER, Made(recipe))
        return {}
    before = score_encoder(encoder, held_out)
    after = score_reranker(encoder, reranker, held_out)
    write_folder(encoder, ENCODER, Made(recipe, before))
    write_folder(reranker, RERANKER, Made(recipe, after, before))
    return {ENCODER: before, RERANKER: after}


def measure_again(recipe: Recipe, data: Path, program: Path, folder: Path) -> dict[str, Scores]:
    """Measure what lies in a folder, on the pairs that the recipe holds back.

    Args:
        recipe: what the models were made from.
        data: the folder that the recipe's paths start in.
        program: this program's source tree, for its own cards.
        folder: holds `encoder` and `reranker`.

    Raises:
        RecipeRefused: a source of the recipe is missing.
    """
    parted = read_pairs(recipe, data, program, random.Random(recipe.seed))  # noqa: S311 - no secret
    return measure(recipe, folder, parted.held_out)


def read_pairs(recipe: Recipe, data: Path, program: Path, chance: random.Random) -> Split:
    """All pairs of the recipe's sources, parted; the same in every run that starts from one seed.

    Raises:
        RecipeRefused: a source is missing.
    """
    pairs = [
        pair for source in recipe.sources for pair in read_source(source, data, program, chance)
    ]
    return split(pairs, recipe.held_out, HELD_OUT_KINDS)
