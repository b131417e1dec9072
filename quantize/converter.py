"""Turns a folder of safetensors into a GGUF file with the converter that llama.cpp maintains.

The converter is not on any index by itself. It lies in the source distribution of
llama-cpp-python, at the state of llama.cpp that this program runs: `fetch` has pip download that
distribution with the digest in packaging/llm-requirements.txt, `unpack` takes the converter out of
it and nothing else, `convert` runs it with the interpreter of the workshop, which has PyTorch,
transformers and sentencepiece.
"""

import os
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from quantize.digests import sha256_of
from quantize.errors import WorkshopError
from quantize.model_folder import stage

PACKAGE = "llama-cpp-python"
SCRIPT = "convert_hf_to_gguf.py"
PRECISIONS = ("f16", "bf16", "f32")
_INSIDE = ("vendor", "llama.cpp")
_WANTED = (SCRIPT, "conversion", "gguf-py/gguf", "LICENSE")
_MOST_BYTES = 64 << 20
_LIMIT_S = 4 * 3600
_LAST = 400
"""Characters of the converter's last words that are passed on."""


@dataclass(frozen=True, slots=True)
class Pin:
    """The source distribution that is used."""

    version: str
    sha256: str


def read_pin(requirements: Path) -> Pin:
    """The version and digest in a file of requirements.

    Raises:
        WorkshopError: the file does not name them.
    """
    try:
        text = requirements.read_text(encoding="utf-8")
    except OSError as error:
        raise WorkshopError(f"{requirements} cannot be read; it names the converter.") from error
    pattern = rf"^{PACKAGE}==(\S+) \\\n\s+--hash=sha256:([0-9a-f]{{64}})$"
    found = re.search(pattern, text, re.MULTILINE)
    if not found:
        raise WorkshopError(f"{requirements} names no {PACKAGE} with a digest.")
    return Pin(found[1], found[2])


def fetch(pin: Pin, folder: Path) -> Path:
    """Download the source distribution with pip, which checks its digest.

    Raises:
        WorkshopError: pip cannot; the machine may have no network.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # pip asks the distribution for its name, so what builds it is fetched too; nothing is built.
    with tempfile.TemporaryDirectory() as place:
        wanted = Path(place) / "requirements.txt"
        wanted.write_text(f"{PACKAGE}=={pin.version} --hash=sha256:{pin.sha256}\n")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--no-binary", PACKAGE, "--require-hashes", "-d", str(folder)]
        _run([*command, "-r", str(wanted)], {}, "pip cannot download the converter")
    found = sorted(folder.glob(f"llama_cpp_python-{pin.version}.tar.gz"))
    if not found:
        raise WorkshopError("pip has downloaded something else than the source distribution.")
    return found[0]


def unpack(archive: Path, pin: Pin, target: Path) -> Path:
    """Take the converter out of a source distribution.

    Args:
        archive: the `.tar.gz`.
        pin: what it must be.
        target: folder to unpack to.

    Raises:
        WorkshopError: the archive is another one, or holds no converter.
    """
    if (digest := sha256_of(archive)) != pin.sha256:
        raise WorkshopError(
            f"{archive.name} is not {PACKAGE} {pin.version}: its SHA-256 begins {digest[:12]}."
        )
    left = _MOST_BYTES
    with tarfile.open(archive, "r:gz") as packed:
        for member in packed:
            name = _wanted(member)
            if name is None or (data := packed.extractfile(member)) is None:
                continue
            if (left := left - member.size) < 0:
                raise WorkshopError(f"{archive.name} holds more than a converter.")
            place = target.joinpath(*name.parts)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data.read())
    if not (target / SCRIPT).is_file():
        raise WorkshopError(f"{archive.name} holds no {SCRIPT}.")
    return target


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a model folder is turned into."""

    name: str
    """The model's name in the file; with it and the same folder the file is the same."""
    precision: str
    """One of `PRECISIONS`."""
    projector: bool = False
    """The part that reads pictures instead of the part that writes text."""


def convert(folder: Path, out: Path, converter: Path, wanted: Wanted) -> None:
    """Write a GGUF file from a folder as Hugging Face's transformers write them.

    Args:
        folder: config.json, *.safetensors and the tokenizer's files.
        out: the file to write.
        converter: folder from `unpack`.
        wanted: what to write.

    Raises:
        WorkshopError: it is no such folder, or the converter refuses.
    """
    part = out.with_suffix(".part")
    with tempfile.TemporaryDirectory() as place:
        # The converter puts the folder's name into the file, and would run code that lies in it.
        staged = Path(place) / wanted.name
        stage(folder, staged)
        command = [sys.executable, str(converter / SCRIPT), str(staged), "--outfile", str(part)]
        command += ["--outtype", wanted.precision, "--model-name", wanted.name]
        command += ["--mmproj"] if wanted.projector else []
        alone = {"PYTHONPATH": str(converter / "gguf-py"), "HF_HUB_OFFLINE": "1"}
        _run(command, alone, f"{folder.name} cannot be converted")
    # A projector is given a name of the converter's own making.
    written = part if part.exists() else part.with_name(f"mmproj-{part.name}")
    if not written.exists():
        raise WorkshopError(f"{folder.name} cannot be converted: the converter wrote nothing.")
    written.replace(out)


def _wanted(member: tarfile.TarInfo) -> PurePosixPath | None:
    """Where a member of the archive goes below the target; None for what is not taken."""
    parts = PurePosixPath(member.name).parts
    if not member.isfile() or parts[1:3] != _INSIDE or not {"/", ".."}.isdisjoint(parts):
        return None
    inside = PurePosixPath(*parts[3:])
    taken = any(inside.is_relative_to(wanted) for wanted in _WANTED)
    return inside if taken else None


def _run(command: list[str], environment: dict[str, str], failed: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - pip or the pinned converter, no shell
            command,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise WorkshopError(f"{failed}: it takes longer than {_LIMIT_S // 3600} hours.") from error
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip()[-_LAST:]
        raise WorkshopError(f"{failed}: {words}")
