"""Writes down what a model folder holds: the manifest for the program, the card for people."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from quantize.embedder_recipe import Recipe
from quantize.encoder_scores import Scores

FILES = ("model.onnx", "tokenizer.json")
DOCUMENT, QUERY, RERANKER = "document", "query", "reranker"


@dataclass(frozen=True, slots=True)
class Made:
    """What was made."""

    recipe: Recipe
    scores: Scores


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
    table = ", ".join(f"{name} {value}" for name, value in made.scores.table().items())
    training = (
        f"{recipe.reranker.layers} layers of the encoder, {recipe.reranker.minutes:g} minutes"
        f" at rate {recipe.reranker.rate:g}, {recipe.reranker.choices} passages a question"
        if kind == RERANKER
        else f"{plan.minutes:g} minutes at rate {plan.rate:g}, batches of {plan.batch};"
        f" the trained weights have a share of {plan.mixing:g} in the average with the base"
    )
    return "\n".join(
        [
            f"# aidpost-{kind}-{recipe.version}",
            "",
            f"Started from {recipe.base.title}. {recipe.base.attribution}. {recipe.base.licence}.",
            "",
            "Learned from these works; no text of them is contained in the weights' folder:",
            *notices,
            "",
            f"Recipe: {training}. Seed {recipe.seed}.",
            f"Held back and measured with the files below: {table}.",
            "",
            *(f"- `{name}` sha256 `{digest}`" for name, digest in digests.items()),
            "",
        ]
    )
