"""Image analysis of this installation: the switch, the encoder, the heads and the atlas.

Off by default, because image analysis is what regulators treat as a device. Opens what the command
line and the app need, so that they open no file themselves.
"""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.vision.atlas import Atlas, Near
from assistant.vision.encoder import ImageEncoder, MeasuringEncoder, OnnxPair, Pixels
from assistant.vision.encoder_errors import EncoderUnusable, ImagesOff
from assistant.vision.encoder_families import Family, family_of, told_by, with_logits
from assistant.vision.encoder_session import OnnxImage, OnnxText
from assistant.vision.encoder_zero import ZeroShot, prompts
from assistant.vision.evidence import Evidence, HeadSays, Looked, evidence
from assistant.vision.heads import Head, judge
from assistant.vision.heads_clarity import clarity_of, refused, unlike
from assistant.vision.heads_file import load_all
from kb.store import Store, load_key
from ui.models.allowed import allowed_files, models_of
from ui.setting_file import write_settings
from ui.settings import FILE, Settings
from ui.vision_images_files import OpenedFile, PictureFiles

KEY = "images"
"""The setting that switches image analysis on."""
HEADS, ATLAS = "heads", "atlas.db"
KIND = "image-encoder"
NEAREST = 5
LIGHTS = (0.93, 1.07)
"""Brighter and darker copies on which a head must say the same."""
OFF = (
    "Image analysis is switched off. It is not a diagnosis and not a device cleared by any"
    " regulator; where that is understood and allowed, switch it on with `aidpost image on`."
)
NO_ENCODER = (
    "No image encoder is installed, so the plain measures that come with the program are used: they"
    " serve heads and the atlas, and read no words. `aidpost models list` shows encoders;"
    " `aidpost models pull NAME` or `aidpost models import PATH` adds one."
)


@dataclass(frozen=True)
class Eyes:
    """What looks at pictures on this machine."""

    encoder: ImageEncoder
    heads: tuple[Head, ...]
    zero: ZeroShot | None
    notes: tuple[str, ...]
    """What the person should know of what is installed."""


def images_on(settings: Settings) -> bool:
    """Whether a person has switched image analysis on."""
    try:
        table = tomllib.loads((settings.home / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return table.get(KEY) is True


def switch(settings: Settings, *, on: bool) -> None:
    """Switch image analysis on or off, and leave every other setting as it is."""
    settings.home.mkdir(parents=True, exist_ok=True)
    write_settings(settings.home, {KEY: on})


def check_on(settings: Settings) -> None:
    """Raise `ImagesOff` unless image analysis is switched on."""
    if not images_on(settings):
        raise ImagesOff(OFF)


def open_eyes(settings: Settings) -> Eyes:
    """The encoder, and the heads that were trained for it.

    Raises:
        ImageError: image analysis is off, or the encoder is damaged.
        ModelFilesError: a file of the encoder is not what it was when it came.
    """
    check_on(settings)
    encoder = open_image_encoder(settings)
    heads, notes = load_all(settings.home / HEADS)
    mine = tuple(head for head in heads if head.about.encoder == encoder.name)
    if len(mine) < len(heads):
        count = len(heads) - len(mine)
        notes.append(f"{count} trained heads belong to another encoder and are not used.")
    if isinstance(encoder, MeasuringEncoder):
        notes.insert(0, NO_ENCODER)
    family = encoder.family
    zero = ZeroShot(encoder, family, prompts()) if encoder.reads and family else None
    return Eyes(encoder, mine, zero, tuple(notes))


def open_image_encoder(settings: Settings) -> ImageEncoder:
    """The image encoder that is installed, or the plain measures that come with the program.

    Raises:
        EncoderUnusable: it lacks its network.
        ModelFilesError: a file is not what it was when it came.
    """
    models = models_of(settings.home).lock().models
    found = next((model for model in models if model.kind == KIND), None)
    if found is None or not any(file.path.endswith(".onnx") for file in found.files):
        return MeasuringEncoder()
    files = allowed_files(settings.home, found.name)
    family = _family(found.name, files)
    image, text = _halves(files)
    words = files.get("tokenizer.json")
    reads = None
    if text is not None and words is not None:
        reads = OnnxText(
            text.read_bytes(), words.read_bytes(), family.tokens, padding=family.padding
        )
    name = f"{found.name}-{next(file.sha256[:8] for file in found.files)}"
    return OnnxPair(name, family, OnnxImage(image.read_bytes()), reads)


@contextmanager
def open_atlas(settings: Settings, encoder: str) -> Iterator[Atlas]:
    """The atlas of this installation, in its encrypted file."""
    store = Store(settings.home / ATLAS, load_key(settings.key_path))
    try:
        yield Atlas(store, encoder)
    finally:
        store.close()


def look(settings: Settings, eyes: Eyes, pixels: Pixels) -> Looked:
    """All that is found on a picture.

    Raises:
        ImageError: it is no picture, or the encoder is damaged.
    """
    vector = eyes.encoder.see(pixels)
    heads = []
    if eyes.heads:
        others = [eyes.encoder.see(_lit(pixels, light)) for light in LIGHTS]
        clarity = clarity_of(pixels)
        for head in eyes.heads:
            judged = judge(head, vector)
            if unlike(head.about.figures, clarity):
                heads.append(HeadSays(head, refused(judged), steady=True))
                continue
            again = [judge(head, other).called for other in others]
            heads.append(HeadSays(head, judged, all(one == judged.called for one in again)))
    kinds = eyes.zero.kinds(vector) if eyes.zero else None
    kind = max(kinds, key=lambda one: kinds[one]) if kinds else ""
    seen = tuple(eyes.zero.findings(vector, kind)) if eyes.zero else ()
    near: tuple[Near, ...] = ()
    if (settings.home / ATLAS).exists():
        with open_atlas(settings, eyes.encoder.name) as atlas:
            near = tuple(atlas.search(vector, NEAREST))
    return Looked(eyes.encoder.name, tuple(heads), kinds, seen, near)


def image_evidence(settings: Settings, path: Path) -> tuple[Evidence, OpenedFile, Eyes]:
    """What is said of a picture file, for an answer or by itself.

    Raises:
        ImageError: image analysis is off, or the encoder is damaged.
        LibraryError: the file cannot be opened as a picture.
    """
    eyes = open_eyes(settings)
    with PictureFiles() as files:
        opened = files.open(path)
    return evidence(look(settings, eyes, opened.pixels)), opened, eyes


def _lit(pixels: Pixels, light: float) -> Pixels:
    return (pixels.astype(np.float32) * light).clip(0, 255).astype(np.uint8)


def _family(name: str, files: dict[str, Path]) -> Family:
    family = family_of(name)
    if (config := files.get("preprocessor_config.json")) is not None:
        family = told_by(family, config.read_bytes())
    if (logits := files.get("logits.json")) is not None:
        family = with_logits(family, logits.read_bytes())
    return family


def _halves(files: dict[str, Path]) -> tuple[Path, Path | None]:
    """The seeing and the reading network, told apart by their names."""
    networks = {name: path for name, path in files.items() if name.endswith(".onnx")}
    text = next((path for name, path in networks.items() if "text" in name), None)
    image = next((path for name, path in networks.items() if "text" not in name), None)
    if image is None:
        raise EncoderUnusable("The image encoder came without the half that sees.")
    return image, text
