"""`aidpost quantize onnx`: from an image encoder to smaller ones, proved."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from quantize.calibration_images import Floats, read_pictures
from quantize.digests import sha256_of
from quantize.gguf import same
from quantize.onnx_int8 import quantize
from quantize.onnx_measure import Network, cosines, seconds
from quantize.onnx_recipe import OnnxRecipe, record, toml

_ALIKE = 1.02
"""Files that differ by less are of one size; then the faster one is picked."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """What was measured of one file."""

    name: str
    sha256: str
    size: int
    """Bytes."""
    milliseconds: float
    """For one picture."""
    time_ratio: float = 1.0
    """Time as a share of the full encoder's."""
    least_cosine: float = 1.0
    """The lowest cosine to the full encoder on the held-back pictures."""
    mean_cosine: float = 1.0


@dataclass(frozen=True, slots=True)
class OnnxCard:
    """The full encoder, the smaller ones, and what may be lost."""

    full: Encoder
    smaller: tuple[Encoder, ...]
    recipe: OnnxRecipe
    pictures: int
    """Held-back pictures that were measured on."""

    @property
    def picked(self) -> Encoder | None:
        """The smallest that keeps both bounds; of those alike in size, the fastest."""
        good = [one for one in self.smaller if not self.broken(one)]
        least = min((one.size for one in good), default=0)
        alike = [one for one in good if one.size <= least * _ALIKE]
        return min(alike, key=lambda one: one.milliseconds, default=None)

    def broken(self, encoder: Encoder) -> tuple[str, ...]:
        """Names of the bounds that an encoder does not keep."""
        bounds = {
            "cosine": encoder.least_cosine >= self.recipe.least_cosine,
            "time": encoder.time_ratio <= self.recipe.time_ratio,
        }
        return tuple(name for name, kept in bounds.items() if not kept)

    def table(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {
            "bounds": {
                "least_cosine": self.recipe.least_cosine,
                "time_ratio": self.recipe.time_ratio,
            },
            "pictures": self.pictures,
            "full": asdict(self.full),
            "smaller": [{**asdict(one), "broken": self.broken(one)} for one in self.smaller],
            "picked": self.picked.name if self.picked else None,
        }


def make(
    recipe: OnnxRecipe, source: Path, folder: Path, out: Path, say: Callable[[str], None]
) -> OnnxCard:
    """Follow a recipe.

    Args:
        recipe: what to do.
        source: the full encoder, an ONNX file with one input.
        folder: pictures.
        out: gets the files, the report and the record.
        say: hears of each step.

    Raises:
        WorkshopError: a step cannot be done, or something is not what the recipe names.
    """
    out.mkdir(parents=True, exist_ok=True)
    digest = sha256_of(source)
    same("the encoder", recipe.input_sha256, digest)
    pictures = read_pictures(folder, recipe.preparation, recipe.one_in, recipe.most)
    same("the set of pictures", recipe.pictures_sha256, pictures.sha256)
    files = {}
    for kind in recipe.kinds:
        say(f"Rounding to 8 bits, {kind}.")
        files[kind] = out / f"{recipe.name}-int8-{kind}.onnx"
        quantize(source, files[kind], kind, pictures.calibration, reduce_range=recipe.reduce_range)
    digests = {kind: sha256_of(path) for kind, path in files.items()}
    made = record(recipe, digest, pictures.sha256, digests)
    (out / "made.toml").write_text(toml(made), encoding="utf-8")
    for kind, named in recipe.outputs.items():
        same(f"the {kind} file", named, digests.get(kind, named))
    say("Measuring.")
    card = _measured(recipe, [source, *files.values()], pictures.held_back)
    _write(out, card)
    return card


def markdown(card: OnnxCard) -> str:
    """The table and what was picked."""
    rows = [_row(card.full, "full encoder")]
    rows += [_row(one, ", ".join(card.broken(one)) or "yes") for one in card.smaller]
    picked = card.picked.name if card.picked else "none; use the full encoder"
    head = "| encoder | size MB | ms a picture | time | lowest cosine | mean cosine | in bounds |"
    return "\n".join(
        [
            "# Smaller image encoders, measured",
            "",
            head,
            "| --- " * 7 + "|",
            *rows,
            "",
            f"Picked: **{picked}**. Bounds: cosine at least {card.recipe.least_cosine:g} on every"
            f" one of {card.pictures} held-back pictures, time at most"
            f" {card.recipe.time_ratio:g} of the full encoder's.",
            "",
        ]
    )


def _write(folder: Path, card: OnnxCard) -> None:
    table = json.dumps(card.table(), indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "report.json").write_text(table + "\n", encoding="utf-8")
    (folder / "report.md").write_text(markdown(card), encoding="utf-8")


def _row(encoder: Encoder, verdict: str) -> str:
    return (
        f"| {encoder.name} | {encoder.size / 1e6:.1f} | {encoder.milliseconds:.1f} |"
        f" {encoder.time_ratio:.2f} | {encoder.least_cosine:.4f} | {encoder.mean_cosine:.4f} |"
        f" {verdict} |"
    )


def _measured(recipe: OnnxRecipe, paths: Sequence[Path], pictures: Sequence[Floats]) -> OnnxCard:
    networks = [Network(path, recipe.threads) for path in paths]
    times = seconds(networks, pictures[0])
    found = []
    for path, network, spent in zip(paths, networks, times, strict=True):
        near = cosines(networks[0], network, pictures)
        found.append(
            Encoder(
                path.stem,
                sha256_of(path),
                path.stat().st_size,
                spent * 1000,
                spent / times[0],
                min(near),
                sum(near) / len(near),
            )
        )
    return OnnxCard(found[0], tuple(found[1:]), recipe, len(pictures))
