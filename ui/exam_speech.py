"""Measures ears and voice: errors of words, names and numbers, invented words, and times.

Runs with and without a speech model. Without one it measures what needs none: how much sound that
is no speech would reach a recogniser, how spoken words are written down, and how fast the rest is.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speech.audio.clip import Clip
from speech.errors import BadAudio
from speech.hearing.ear import Ear, utterances
from speech.hearing.listener import Listener
from speech.hearing.recogniser import Wanted
from speech.words.names import NameBook
from speech.words.normalise import open_normaliser
from ui.exam_speech_scores import (
    Errors,
    medical_errors,
    names_recalled,
    number_errors,
    total,
    word_errors,
)
from ui.exam_speech_sound import KINDS, pieces
from ui.speech_wiring import open_detector, read_recording

_SUFFIXES = (".wav", ".mp3", ".flac", ".ogg", ".webm", ".m4a")
_SEED = 60_601
"""So that a figure can be had again."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording and what is said in it; nothing is said in noise."""

    path: Path
    said: str
    language: str = "en"


def measure_noise(minutes: float, folder: Path | None, listener: Listener | None) -> dict[str, Any]:
    """How much sound that is no speech reaches the recogniser, and what it makes of it.

    Args:
        minutes: of each kind of made-up sound together.
        folder: recordings of noise; each counts once.
        listener: to count invented words; None counts seconds only.
    """
    counts: dict[str, dict[str, float]] = {}
    for kind in KINDS:
        clips = (Clip(samples) for samples in pieces(kind, minutes / len(KINDS), _SEED))
        counts[kind] = _passed(clips, listener)
    if folder is not None:
        found = (clip for one in recordings(folder) if not one.said and (clip := _read(one.path)))
        counts["recordings"] = _passed(found, listener)
    seconds = sum(count["seconds"] for count in counts.values())
    reached = sum(count["reached_s"] for count in counts.values())
    report: dict[str, Any] = {
        "minutes": round(seconds / 60, 2),
        "reached_recogniser_s": round(reached, 2),
        "reached_recogniser_s_per_hour": round(3600 * reached / seconds, 1) if seconds else None,
        "kinds": counts,
    }
    if listener is not None:
        words = sum(count["words"] for count in counts.values())
        report["invented_words_per_minute"] = round(60 * words / seconds, 4)
    return report


def measure_clips(
    folder: Path, book: NameBook, listener: Listener | None, longest_s: float
) -> dict[str, Any]:
    """Errors on recordings with known words; without a listener only whether speech was found."""
    ear, normal = Ear(open_detector()), _normal()
    rows: list[tuple[Errors, Errors, Errors]] = []
    names = [0, 0]
    clips = heard = 0
    for one in recordings(folder):
        clip = _read(one.path, longest_s) if one.said else None
        if clip is None:
            continue
        clips += 1
        heard += bool(utterances(clip, ear))
        if listener is None or one.language != "en":
            continue
        text = listener.recording(clip, Wanted(one.language), open_detector()).spoken_text
        rows.append(_errors(one.said, text, normal))
        found, wanted = names_recalled(one.said, text, book)
        names = [names[0] + found, names[1] + wanted]
    report: dict[str, Any] = {"clips": clips, "speech_found_in": heard}
    return report | (_rates(rows, names) if rows else {})


def measure_written(file: Path, book: NameBook) -> dict[str, Any]:
    """How spoken words are written down: `{"text","normalized","critical"?}` a line.

    Exact is to the letter; a critical item counts where it stands in the text, case aside.
    """
    normal, rows = _normal(), [json.loads(line) for line in _lines(file)]
    exact = critical = wanted = 0
    errors, missed = [], []
    for row in rows:
        written = normal(row["text"])
        exact += written == row["normalized"]
        errors.append(word_errors(row["normalized"], written))
        items = row.get("critical", [])
        absent = [item for item in items if item.casefold() not in written.casefold()]
        missed += [{"id": row.get("id"), "missing": item, "text": written} for item in absent]
        critical, wanted = critical + len(items) - len(absent), wanted + len(items)
    known = sum(bool(book.find(row["text"]).mentions) for row in rows)
    return {
        "sentences": len(rows),
        "exact": exact,
        "critical_items": wanted,
        "critical_items_right": critical,
        "word_error_rate": total(errors).rate,
        "sentences_with_a_known_name": known,
        "missed": missed,
    }


def recordings(folder: Path) -> Iterator[Recording]:
    """Recordings of a folder: by its `manifest.jsonl`, or each with a text file beside it."""
    manifest = folder / "manifest.jsonl"
    if manifest.is_file():
        for line in _lines(manifest):
            row = json.loads(line)
            said = row.get("transcript_corrected") or row.get("transcript") or ""
            noise = row.get("kind", "speech") == "noise"
            path = folder / row["file"]
            if path.suffix in _SUFFIXES and path.is_file() and (noise or said):
                yield Recording(path, "" if noise else said, row.get("lang", "en"))
        return
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in _SUFFIXES:
            text = path.with_suffix(".txt")
            yield Recording(
                path, text.read_text(encoding="utf-8").strip() if text.is_file() else ""
            )


def _errors(said: str, written: str, normal: Callable[[str], str]) -> tuple[Errors, Errors, Errors]:
    return (
        word_errors(said, written),
        medical_errors(said, written, normal),
        number_errors(said, written, normal),
    )


def _rates(rows: list[tuple[Errors, Errors, Errors]], names: list[int]) -> dict[str, Any]:
    words, medical, numbers = zip(*rows, strict=True)
    return {
        "scored": len(rows),
        "word_error_rate": total(words).rate,
        "medical_word_error_rate": total(medical).rate,
        "number_error_rate": total(numbers).rate,
        "names_recalled": names[0] / names[1] if names[1] else None,
        "names_said": names[1],
    }


def _passed(clips: Iterator[Clip], listener: Listener | None) -> dict[str, float]:
    ear = Ear(open_detector())
    seconds = reached = words = 0.0
    for clip in clips:
        seconds += clip.seconds
        reached += sum(one.end - one.start for one in utterances(clip, ear))
        if listener is not None:
            words += len(listener.recording(clip, Wanted("en"), open_detector()).text.split())
    counted = {"seconds": round(seconds, 1), "reached_s": round(reached, 2)}
    return counted | ({"words": words} if listener is not None else {})


def _read(path: Path, longest_s: float = 120.0) -> Clip | None:
    try:
        return read_recording(path.read_bytes(), path.name, longest_s)
    except BadAudio:
        return None  # too long or unreadable: it is not counted


def _normal() -> Callable[[str], str]:
    normaliser = open_normaliser("en")
    return lambda text: normaliser.normalise(text).text


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
