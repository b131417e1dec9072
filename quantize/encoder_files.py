"""Writes down what a model folder holds: the manifest for the program, the card for people."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from quantize.embedder_recipe import Recipe
from quantize.encoder_scores import Scores

FILES = ("model.onnx", "tokenizer.json")
DOCUMENT, QUERY = "document", "query"
ENCODER, RERANKER = "encoder", "reranker"
_USES = {
    ENCODER: "Turns English medical questions and passages into vectors of length one.",
    RERANKER: "Reads an English medical question and a passage and says how well they fit.",
}


@dataclass(frozen=True, slots=True)
class Made:
    """What was made."""

    recipe: Recipe
    scores: Scores | None = None
    """Of the files in the folder; None where nothing was held back to measure with."""
    before: Scores | None = None
    """For a re-ranker: of the same passages in the order that the encoder gave them."""


def write_folder(folder: Path, kind: str, made: Made) -> None:
    """Write manifest.toml and CARD.md beside the model of a folder.

    Args:
        folder: holds model.onnx and tokenizer.json.
        kind: `encoder` or `reranker`.
        made: the recipe and the scores.
    """
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
    roles = roles_of(kind, made.recipe)
    (folder / "manifest.toml").write_text(manifest(roles, digests), encoding="utf-8")
    (folder / "CARD.md").write_text(card(kind, made, digests), encoding="utf-8")


def roles_of(kind: str, recipe: Recipe) -> dict[str, tuple[str, int]]:
    """What a model serves as: role -> its name and its longest input in tokens."""
    name, limits = f"aidpost-{kind}-{recipe.version}", recipe.limits
    if kind == RERANKER:
        return {RERANKER: (name, limits.reranker_tokens)}
    return {DOCUMENT: (name, limits.encoder_tokens), QUERY: (name, limits.query_tokens)}


def manifest(roles: dict[str, tuple[str, int]], digests: dict[str, str]) -> str:
    """The manifest as TOML."""
    lines: list[str] = []
    for role, (name, longest) in roles.items():
        lines += [f"[roles.{role}]", f'name = "{name}"', f'model = "{FILES[0]}"']
        lines += [f'tokenizer = "{FILES[1]}"', f"max_tokens = {longest}", ""]
    lines.append("[files]")
    lines += [f'"{name}" = "{digest}"' for name, digest in digests.items()]
    return "\n".join(lines) + "\n"


def card(kind: str, made: Made, digests: dict[str, str]) -> str:
    """The card as Markdown: data and notices, recipe, scores, digests."""
    recipe, plan = made.recipe, made.recipe.encoder
    notices = [f"- {source.attribution}. {source.licence}." for source in recipe.sources]
    training = (
        f"{recipe.reranker.layers} layers of the encoder, {recipe.reranker.steps} steps of"
        f" {recipe.reranker.batch} questions with {recipe.reranker.choices} passages each,"
        f" rate {recipe.reranker.rate:g}"
        if kind == RERANKER
        else f"{plan.steps} steps of {plan.batch} questions, rate {plan.rate:g}; in the average"
        f" with the base the trained weights have a share of {plan.mixing:g}"
    )
    return "\n".join(
        [
            f"# aidpost-{kind}-{recipe.version}",
            "",
            f"{_USES[kind]} Apache-2.0. Not a medical device; it says which text is near a",
            "question, never whether the text is right.",
            "",
            f"Started from {recipe.base.title}. {recipe.base.attribution}. {recipe.base.licence}.",
            "",
            "Learned from these works. Changes made to them: cut into passages of up to 90 words,",
            "paired with their questions, headings or terms. No text of them lies in this folder.",
            "",
            *notices,
            "",
            "CC-BY-4.0: https://creativecommons.org/licenses/by/4.0/. The authors named above",
            "endorse neither this program nor its use.",
            "",
            f"Recipe (`quantize/recipes/embedder.toml`): {training}.",
            f"Seed of the order of training: {recipe.seed}.",
            *([recipe.remark.strip()] if recipe.remark else []),
            *_measured(made),
            "",
            *(f"- `{name}` sha256 `{digest}`" for name, digest in digests.items()),
            "",
        ]
    )


def _measured(made: Made) -> list[str]:
    """What the card says of quality; nothing where nothing was measured."""
    if made.scores is None:
        return []
    lines = [f"Held back and measured with the files below: {_figures(made.scores)}."]
    if made.before is not None:
        lines.append(f"The same before re-ranking, by the encoder: {_figures(made.before)}.")
    return lines


def _figures(scores: Scores) -> str:
    return ", ".join(f"{name} {value}" for name, value in scores.table().items())
