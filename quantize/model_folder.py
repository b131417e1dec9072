"""What of a model folder llama.cpp's converter gets to see, put as the converter reads it.

The converter would run code that lies in a folder, so only data is laid before it: no Python, no
pickles. Folders that transformers 5 wrote differ from those of the publishers in two ways that the
converter does not know. They name the weights that read pictures without `vision_model`, which it
refuses. And `tokenizer_config.json` no longer tells which tokens mark turns, nor that a text has no
mark at its beginning, whereupon marks are written down as plain letters, so that no chat template
works, and a beginning is added that the model never saw. Both are put right here.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quantize.digests import sha256_of
from quantize.errors import WorkshopError

_SEEN = ("*.safetensors", "*.json", "*.txt", "*.jinja", "tokenizer.model")
_WEIGHTS = "model.safetensors.index.json"
_EYES, _EYES_OF_PUBLISHERS = "vision_tower.", "vision_tower.vision_model."
_EYES_BEGIN = ("embeddings.", "encoder.", "post_layernorm.", "head.")
_LONGEST_HEADER = 100 << 20
_TOKEN = ("content", "single_word", "lstrip", "rstrip", "normalized", "special")


def stage(folder: Path, staged: Path) -> None:
    """Lay the files of a model that hold data into a folder of their own; links where they fit.

    Raises:
        WorkshopError: the folder holds no model as safetensors, or one of its files is damaged.
    """
    files = _files(folder)
    names = {path.name for path in files}
    if "config.json" not in names or not any(name.endswith(".safetensors") for name in names):
        raise WorkshopError(f"{folder} holds no config.json with *.safetensors beside it.")
    staged.mkdir()
    for path in files:
        if not _put_right(path, staged / path.name):
            (staged / path.name).symlink_to(path.resolve())


def folder_digest(folder: Path) -> str:
    """Digest of the files of a model folder that the converter gets to see."""
    lines = [f"{sha256_of(path)}  {path.name}\n" for path in _files(folder)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted({path for pattern in _SEEN for path in folder.glob(pattern)})


def _put_right(path: Path, out: Path) -> bool:
    """Write a file in the form that the converter reads; False where it has that form."""
    if path.suffix == ".safetensors":
        return _rename_weights(path, out)
    if path.name == _WEIGHTS:
        return _rename_listed(path, out)
    if path.name == "tokenizer_config.json":
        return _tell_tokens(path, out)
    return False


def _rename_weights(path: Path, out: Path) -> bool:
    """Write safetensors whose header has the publishers' names; the weights stay as they are."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        if size > _LONGEST_HEADER:
            raise WorkshopError(f"{path.name} is damaged: its header is too long.")
        header = _object(file.read(size), path)
        renamed = {_publishers(name): entry for name, entry in header.items()}
        if renamed.keys() == header.keys():
            return False
        data = json.dumps(renamed, separators=(",", ":")).encode()
        data += b" " * (-len(data) % 8)
        with out.open("wb") as copy:
            copy.write(len(data).to_bytes(8, "little") + data)
            shutil.copyfileobj(file, copy, 1 << 20)
    return True


def _rename_listed(path: Path, out: Path) -> bool:
    """The same for the list that says which file holds which weights."""
    found = _object(path.read_bytes(), path)
    listed = found.get("weight_map")
    if not isinstance(listed, dict):
        return False
    renamed = {_publishers(name): file for name, file in listed.items()}
    if renamed.keys() == listed.keys():
        return False
    out.write_text(json.dumps({**found, "weight_map": renamed}), encoding="utf-8")
    return True


def _publishers(name: str) -> str:
    """The name that publishers give the weights that transformers 5 calls so."""
    inner = name.removeprefix(_EYES)
    known = inner != name and inner.startswith(_EYES_BEGIN)
    return f"{_EYES_OF_PUBLISHERS}{inner}" if known else name


def _tell_tokens(path: Path, out: Path) -> bool:
    """Write what only `tokenizer.json` tells into a configuration that is silent about it."""
    whole = path.with_name("tokenizer.json")
    found = _object(path.read_bytes(), path)
    if not whole.is_file():
        return False
    tokenizer = _object(whole.read_bytes(), whole)
    tokens = {str(one["id"]): _token(one) for one in _listed(tokenizer, "added_tokens")}
    told: dict[str, Any] = {"added_tokens_decoder": tokens} if tokens else {}
    told |= {"add_bos_token": False} if _begins_bare(tokenizer) else {}
    if told.keys() <= found.keys():
        return False
    out.write_text(json.dumps({**told, **found}, ensure_ascii=False), encoding="utf-8")
    return True


def _begins_bare(tokenizer: Mapping[str, Any]) -> bool:
    """Whether a tokenizer says how it marks a text and puts no mark at its beginning."""
    marking = tokenizer.get("post_processor")
    if not isinstance(marking, dict) or marking.get("type") != "TemplateProcessing":
        return False
    single = marking.get("single")
    first = single[0] if isinstance(single, list) and single else {}
    return isinstance(first, dict) and "Sequence" in first


def _listed(tokenizer: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = tokenizer.get(key)
    return [one for one in found if _is_token(one)] if isinstance(found, list) else []


def _is_token(one: object) -> bool:
    return isinstance(one, dict) and {"id", "content"} <= one.keys()


def _token(one: Mapping[str, Any]) -> dict[str, Any]:
    return {key: one[key] for key in _TOKEN if key in one}


def _object(data: bytes, path: Path) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise WorkshopError(f"{path.name} is damaged: it cannot be read.") from error
    if not isinstance(found, dict):
        raise WorkshopError(f"{path.name} is damaged: it cannot be read.")
    return found
