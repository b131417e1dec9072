"""What the steps of `make dist` share: places, version, time, and how a program is run."""

import hashlib
import os
import platform
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
PACKAGING = ROOT / "packaging"
BUILD = ROOT / ".build"
WHEELS = BUILD / "wheels"
ENV = BUILD / "env"
FOLDER = BUILD / "dist" / "aidpost"
OUT = BUILD / "out"
ZIP_EPOCH = 315_532_800
"""1980-01-01: the earliest time that ZIP archives can hold."""
_BLOCK = 1 << 20
_PROGRAM, _PLAIN = 0o755, 0o644
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


def version() -> str:
    """Version of the program, from `pyproject.toml`."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["project"]["version"])


def this_platform() -> str:
    """System and processor, such as `linux-x86_64`."""
    system = {"darwin": "macos", "win32": "windows"}.get(sys.platform, "linux")
    machine = platform.machine().casefold()
    return f"{system}-{_MACHINES.get(machine, machine)}"


def epoch() -> int:
    """Time of every file in what is built: SOURCE_DATE_EPOCH, else that of the last commit."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdecimal():
        return int(given)
    done = subprocess.run(
        ["git", "log", "-1", "--format=%ct"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    stamp = done.stdout.strip()
    return int(stamp) if stamp.isdecimal() else ZIP_EPOCH


def run(
    command: Sequence[str | Path],
    more: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
) -> None:
    """Run a step; the build ends with a sentence where it fails."""
    words = [str(word) for word in command]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch()), "PYTHONHASHSEED": "0"}
    done = subprocess.run(words, env={**environment, **(more or {})}, cwd=cwd, check=False)
    if done.returncode != 0:
        stop(f"This step failed with status {done.returncode}: {' '.join(words)}")


def output(command: Sequence[str | Path]) -> str:
    """What a program prints; the build ends where it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode != 0:
        stop(f"This step failed: {' '.join(words)}\n{done.stderr.strip()}")
    return done.stdout


def stop(sentence: str) -> NoReturn:
    """End the build with a sentence."""
    raise SystemExit(f"packaging: {sentence}")


def sha256(path: Path) -> str:
    """Digest of a file in hexadecimal."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            total.update(block)
    return total.hexdigest()


def files_below(folder: Path) -> Iterator[Path]:
    """All files and links below a folder, by name."""
    found = [path for path in folder.rglob("*") if path.is_symlink() or path.is_file()]
    yield from sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def settle(folder: Path, made: int) -> None:
    """Give everything in a folder one time, and permissions that no umask has touched.

    Args:
        folder: the folder.
        made: seconds since 1970.
    """
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(_PROGRAM if runs else _PLAIN)
        os.utime(path, (made, made), follow_symlinks=False)


def megabytes(paths: Iterable[Path]) -> float:
    """Size of files together, in MB of a million bytes."""
    return sum(path.stat().st_size for path in paths if not path.is_symlink()) / 1e6


def say(sentence: str) -> None:
    """Tell the person who builds how far it is."""
    print(f"packaging: {sentence}", flush=True)
