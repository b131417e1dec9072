"""Trains heads on a labelled folder: one folder inside it for each label, and pictures in each.

A file `groups.csv` beside the labels may name the `group` and the `patient` of each `file`, so that
figures are told by group and pictures of one patient are never on both sides of a measurement.
"""

import csv
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from assistant.vision.encoder import Floats, ImageEncoder, Pixels
from assistant.vision.encoder_errors import ImageError, TooFewPictures
from assistant.vision.heads import About, Head
from assistant.vision.heads_clarity import KEY, Clarity, clarity_of, spans_of
from assistant.vision.heads_file import SUFFIX, save
from assistant.vision.heads_train import Labelled, Report, train
from kb.errors import LibraryError
from ui.vision_images_files import SUFFIXES, PictureFiles

GROUPS = "groups.csv"
MOST_PICTURES = 20_000
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class LabelledFolder:
    """The vectors of a labelled folder."""

    labels: tuple[str, ...]
    """Label of each picture."""
    vectors: Floats
    groups: tuple[str, ...]
    patients: tuple[str, ...]
    skipped: tuple[str, ...]
    """Files that were left out, each with the reason."""
    clarity: tuple[Clarity, ...] = ()
    """How sharp, grainy and burnt out each picture is."""


@dataclass(frozen=True)
class Sample:
    """A picture file with its label."""

    path: Path
    label: str
    group: str
    patient: str


def samples_of(folder: Path) -> list[Sample]:
    """The picture files of a labelled folder, by label and name.

    Raises:
        TooFewPictures: it is no folder, there are no two labels, or too many pictures.
    """
    if not folder.is_dir():
        raise TooFewPictures(f"{folder.name} is no folder of pictures.")
    known = _groups(folder / GROUPS)
    found = []
    for label in sorted(path for path in folder.iterdir() if path.is_dir()):
        for path in sorted(label.rglob("*")):
            if path.suffix.casefold() in SUFFIXES and path.is_file() and not path.is_symlink():
                name = path.relative_to(folder).as_posix()
                group, patient = known.get(name, ("", ""))
                found.append(Sample(path, label.name, group, patient or name))
    if len({one.label for one in found}) < 2:
        raise TooFewPictures(
            f"{folder.name} must hold two or more folders, each named for what its pictures show."
        )
    if len(found) > MOST_PICTURES:
        raise TooFewPictures(f"{folder.name} holds more than {MOST_PICTURES:,} pictures.")
    return found


def see_folder(
    folder: Path,
    encoder: ImageEncoder,
    tell: Tell,
    change: Callable[[Pixels], Pixels] | None = None,
) -> LabelledFolder:
    """The vectors of all pictures of a labelled folder; one that comes twice counts once.

    Args:
        folder: one folder inside it for each label.
        encoder: what turns pictures into vectors.
        tell: called with the pictures done and all pictures.
        change: done to each picture first, as to see what noise does.

    Raises:
        TooFewPictures: see `samples_of`.
        EncoderUnusable: the encoder is damaged.
    """
    samples = samples_of(folder)
    kept: list[Sample] = []
    vectors: list[Floats] = []
    clarity: list[Clarity] = []
    skipped: list[str] = []
    seen: set[bytes] = set()
    with PictureFiles() as files:
        for done, sample in enumerate(samples):
            tell(done, len(samples))
            try:
                opened = files.open(sample.path)
            except LibraryError as error:
                skipped.append(str(error))
                continue
            digest = hashlib.sha256(opened.data).digest()
            if digest in seen:
                skipped.append(f"{sample.path.name}: the same picture comes twice")
                continue
            seen.add(digest)
            points = change(opened.pixels) if change else opened.pixels
            vectors.append(encoder.see(points))
            clarity.append(clarity_of(points))
            kept.append(sample)
    tell(len(samples), len(samples))
    return replace(_stacked(kept, vectors, skipped), clarity=tuple(clarity))


def train_folder(
    data: LabelledFolder, about: tuple[str, str], positive: str, sensitivity: float
) -> list[tuple[Head, Report]]:
    """A head for each label, or one for `positive` where it is named.

    Args:
        data: the vectors of the folder.
        about: name of the encoder, and where the pictures came from.
        positive: the label to find; empty = each label against all others, and of two labels the
            one that does not say that nothing was found.
        sensitivity: share of the findings that the threshold must still call.

    Raises:
        ImageError: there is no such label, or it has too few pictures.
    """
    names = sorted(set(data.labels))
    if positive and positive not in names:
        raise ImageError(f"No folder is named “{positive}”. There are: {', '.join(names)}.")
    if not positive and len(names) == 2:
        raise ImageError(f"Say which of the two is to be found: --find {names[0]} or {names[1]}.")
    today = datetime.now(UTC).date().isoformat()
    found = []
    for name in [positive] if positive else names:
        truths = np.array([label == name for label in data.labels])
        labelled = Labelled(
            data.vectors, truths, data.groups if any(data.groups) else (), data.patients
        )
        head, report = train(labelled, About(name, *about, today, {}), sensitivity)
        found.append((told(head, data.clarity), report))
    return found


def told(head: Head, clarity: Sequence[Clarity]) -> Head:
    """A head that also knows how clear the pictures were that it learnt from."""
    if not clarity:
        return head
    figures = {**head.about.figures, KEY: spans_of(clarity)}
    return replace(head, about=replace(head.about, figures=figures))


def save_head(head: Head, folder: Path) -> Path:
    """Write a head under a name made of its finding; an earlier one is replaced."""
    name = re.sub(r"[^a-z0-9]+", "-", head.about.finding.casefold()).strip("-") or "head"
    path = folder / f"{name}{SUFFIX}"
    save(head, path)
    return path


def _stacked(kept: list[Sample], vectors: list[Floats], skipped: list[str]) -> LabelledFolder:
    if not vectors:
        raise TooFewPictures("No picture of the folder can be opened.")
    return LabelledFolder(
        tuple(one.label for one in kept), np.stack(vectors), tuple(one.group for one in kept),
        tuple(one.patient for one in kept), tuple(skipped),
    )  # fmt: skip


def _groups(path: Path) -> Mapping[str, tuple[str, str]]:
    if not path.exists():
        return {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {
                str(row["file"]): (str(row.get("group") or ""), str(row.get("patient") or ""))
                for row in csv.DictReader(file)
            }
    except (OSError, UnicodeDecodeError, KeyError, csv.Error) as error:
        raise ImageError(
            f"{path.name} cannot be read. It needs the columns file, group and patient."
        ) from error
