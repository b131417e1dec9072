"""`aidpost quantize gguf`: from a model to smaller ones, proved; the whole way on one page.

Convert a folder with llama.cpp's own converter, weigh the columns with medical text, round to each
kind, measure on other text, pick the smallest that is good enough, and write down what was done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from quantize import converter
from quantize.calibration_text import read_texts
from quantize.converter import Wanted
from quantize.digests import sha256_of
from quantize.errors import WorkshopError
from quantize.gguf_child import ask
from quantize.gguf_kinds import WEIGHED
from quantize.gguf_recipe import PROJECTOR, GgufRecipe, record, toml
from quantize.gguf_report import Examiner, Tasks, write_report
from quantize.llama_door import engine_version
from quantize.model_folder import folder_digest
from quantize.scorecard import Card

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the converter comes from."""

    requirements: Path
    """Names version and digest of the source distribution."""
    archive: Path | None = None
    """The source distribution, brought by hand; without it pip downloads it."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where things lie."""

    model: Path
    """A folder of safetensors, or a GGUF file with full or half precision."""
    texts: Path
    """Folder of the calibration text."""
    out: Path
    """Gets the files, the importance matrix, the report and the record."""
    source: Source
    tasks: Tasks
    threads: int


def make(recipe: GgufRecipe, places: Places, say: Say) -> Card:
    """Follow a recipe.

    Raises:
        WorkshopError: a step cannot be done, or something is not what the recipe names.
    """
    places.out.mkdir(parents=True, exist_ok=True)
    texts = read_texts(places.texts, recipe.calibration.files, recipe.calibration.one_in)
    same("the calibration text", recipe.calibration.sha256, texts.sha256)
    run = _Run(recipe, places, say)
    full, digest = run.full()
    weights = run.weigh(full, texts.calibration)
    files = {kind: run.shrink(full, weights, kind) for kind in recipe.kinds}
    digests = {kind: sha256_of(path) for kind, path in {**files, **run.projector()}.items()}
    inputs = {"input": digest, "calibration": texts.sha256}
    made = toml(record(recipe, {**inputs, **digests}, engine_version()))
    (places.out / "made.toml").write_text(made, encoding="utf-8")
    _compare(recipe, digests)
    examiner = Examiner(recipe.measuring, recipe.bounds, places.tasks, places.threads, say)
    card = examiner.examine(full, tuple(files.values()), texts.held_back)
    write_report(places.out, card)
    return card


def same(what: str, named: str, found: str) -> None:
    """Refuse what is not as the recipe names it; an empty name takes anything.

    Raises:
        WorkshopError: it is something else.
    """
    if named and named != found:
        raise WorkshopError(
            f"{what[0].upper()}{what[1:]} is not what the recipe names: its SHA-256 begins"
            f" {found[:12]}, not {named[:12]}."
        )


@dataclass(frozen=True, slots=True)
class _Run:
    """A recipe being followed."""

    recipe: GgufRecipe
    places: Places
    say: Say

    def full(self) -> tuple[Path, str]:
        """The full model as one file, and the digest of what it came from."""
        model, recipe = self.places.model, self.recipe
        digest = sha256_of(model) if model.is_file() else folder_digest(model)
        same("the model", recipe.input.sha256, digest)
        if model.is_file():
            return model, digest
        self.say("Converting with llama.cpp's converter.")
        wanted = Wanted(recipe.name, recipe.input.precision)
        out = self._file(wanted.precision.upper())
        converter.convert(model, out, self._converter(), wanted)
        return out, digest

    def projector(self) -> dict[str, Path]:
        """The file of the part that reads pictures, where the recipe asks for it."""
        model, plan = self.places.model, self.recipe.input
        if not plan.projector or model.is_file():
            return {}
        wanted = Wanted(self.recipe.name, plan.precision, projector=True)
        out = self._file(f"mmproj-{plan.precision.upper()}")
        converter.convert(model, out, self._converter(), wanted)
        return {PROJECTOR: out}

    def weigh(self, full: Path, calibration: str) -> str:
        """Path of the importance matrix; empty where no kind has a use for it."""
        if not WEIGHED.intersection(self.recipe.kinds):
            return ""
        out, text = self.places.out / f"{self.recipe.name}.imatrix", self.places.out / "read.txt"
        text.write_text(calibration, encoding="utf-8")
        plan = self.recipe.calibration
        self.say(f"Weighing the columns on {plan.chunks} pieces of {plan.context} tokens.")
        job = {"model": str(full), "text": str(text), "out": str(out)}
        threads = self.places.threads
        ask("weigh", {**job, "context": plan.context, "chunks": plan.chunks, "threads": threads})
        text.unlink()
        return str(out)

    def shrink(self, full: Path, weights: str, kind: str) -> Path:
        """Write the file of one kind."""
        self.say(f"Rounding to {kind}.")
        out = self._file(kind)
        part = out.with_suffix(".part")
        importance = weights if kind in WEIGHED else ""
        job = {"model": str(full), "out": str(part), "kind": kind, "importance": importance}
        try:
            ask("shrink", {**job, "threads": self.places.threads})
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
        return out

    def _file(self, kind: str) -> Path:
        return self.places.out / f"{self.recipe.name}-{kind}.gguf"

    def _converter(self) -> Path:
        tool, source = self.places.out / "converter", self.places.source
        if not (tool / converter.SCRIPT).is_file():
            pin = converter.read_pin(source.requirements)
            archive = source.archive or converter.fetch(pin, self.places.out / "download")
            converter.unpack(archive, pin, tool)
        return tool


def _compare(recipe: GgufRecipe, digests: dict[str, str]) -> None:
    for kind, named in recipe.outputs.items():
        if kind in digests:
            engine = f" The recipe was made with llama-cpp-python {recipe.engine}."
            try:
                same(f"the file {kind}", named, digests[kind])
            except WorkshopError as error:
                raise WorkshopError(f"{error}{engine if recipe.engine else ''}") from error
