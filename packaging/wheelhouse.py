"""Makes the wheelhouse: every wheel that the program needs, by its hash, and an install script.

    python packaging/wheelhouse.py                        for this machine
    python packaging/wheelhouse.py --platform aarch64     for a Raspberry Pi 5 and its like

For distributions that cannot run the one-folder program, and for processors for which it is not
built. What has no wheel for the other processor is listed in `to-compile.txt`. The speech
extra is not in it: the wheel of PyAV carries encoders under the GPL (see `dist_encoders`).
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from build_env import llama_wheel, make_env, python
from dist_common import (
    OUT,
    PACKAGING,
    ROOT,
    epoch,
    files_below,
    megabytes,
    output,
    run,
    say,
    sha256,
    this_platform,
    version,
)
from portable import pack

_GLIBC = tuple(f"manylinux_2_{minor}_{{0}}" for minor in range(36, 16, -1))
_OLD_NAMES = ("manylinux2014_{0}", "any")
_LOCK = "requirements.txt"
_ROW = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.IGNORECASE)
TRIES = 3
LEAST_MICRO = 2
"""Debian 12 has Python 3.11.2: every wheel must suit it."""
LLAMA_LOCK = "llm-requirements.txt"


def main(arguments: Sequence[str]) -> None:
    """Make the folder and its archive."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--platform", default=this_platform().partition("-")[2])
    machine = str(parser.parse_args(arguments).platform)
    make_env()
    folder = OUT.parent / f"wheelhouse-{machine}"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "wheels").mkdir(parents=True)
    missing = fetch(folder / "wheels", machine)
    own = _own_wheel(folder / "wheels")
    if machine == this_platform().partition("-")[2]:
        shutil.copy(llama_wheel(), folder / "wheels")
    _papers(folder, own, missing, machine)
    OUT.mkdir(parents=True, exist_ok=True)
    name = f"aidpost-{version()}-wheelhouse-linux-{machine}"
    out = OUT / f"{name}.tar.gz"
    pack(folder, name, out, epoch())
    say(f"{out}: {megabytes([out]):.0f} MB, {len(list(files_below(folder / 'wheels')))} wheels")
    for one in missing:
        say(f"no wheel for {machine}: {one}")


def fetch(into: Path, machine: str) -> list[str]:
    """Put the locked wheels into a folder; gives what has none for this processor.

    Args:
        into: the folder.
        machine: processor, as `uname -m` names it.
    """
    tags = [tag.format(machine) for tag in (*_GLIBC, *_OLD_NAMES)]
    places = [word for tag in tags for word in ("--platform", tag)]
    minor = f"{sys.version_info.major}.{sys.version_info.minor}.{LEAST_MICRO}"
    what = ["--python-version", minor, "--implementation", "cp", "--only-binary", ":all:"]
    rows = split_lock(
        "".join((PACKAGING / lock).read_text("utf-8") for lock in (_LOCK, LLAMA_LOCK))
    )
    rows.pop("llama-cpp-python")  # made here; what it needs comes along
    missing = []
    for name, row in rows.items():
        one = into / "one.txt"
        one.write_text(row, encoding="utf-8")
        command = [str(python()), "-m", "pip", "download", "--quiet", "--no-deps"]
        if not _ran(
            [*command, "--require-hashes", *places, *what, "-d", str(into), "-r", str(one)]
        ):
            missing.append(f"{name} {_ROW.match(row)[2]}")  # type: ignore[index]
        one.unlink()
    return missing


def split_lock(text: str) -> dict[str, str]:
    """The rows of a lock by package: its pin with its hashes."""
    rows: dict[str, list[str]] = {}
    name = ""
    for row in text.splitlines():
        found = _ROW.match(row)
        if found:
            name = found[1]
            rows[name] = []
        if name and row.strip() and not row.strip().startswith("#"):
            rows[name].append(row)
    return {name: "\n".join(lines) + "\n" for name, lines in rows.items()}


def _ran(command: Sequence[str]) -> bool:
    """Whether a step that may fail did not; a registry that stumbles is asked again."""
    return any(
        subprocess.run(command, check=False, capture_output=True).returncode == 0
        for _ in range(TRIES)
    )


def _own_wheel(into: Path) -> Path:
    plain = ["--quiet", "--no-deps", "--no-build-isolation"]
    run([python(), "-m", "pip", "wheel", *plain, ROOT, "-w", into])
    return next(into.glob("aidpost-*.whl"))


def _papers(folder: Path, own: Path, missing: Sequence[str], machine: str) -> None:
    """Locks with the digests of what was made here, scripts, and what must be compiled."""
    lock = (PACKAGING / _LOCK).read_text(encoding="utf-8")
    (folder / _LOCK).write_text(lock, encoding="utf-8")
    rows = [f"aidpost=={version()} --hash=sha256:{sha256(own)}"]
    rest = "".join(split_lock((PACKAGING / LLAMA_LOCK).read_text(encoding="utf-8")).values())
    llama = next((folder / "wheels").glob("llama_cpp_python-*.whl"), None)
    if llama is not None:
        pinned = output([python(), "-m", "pip", "show", "llama-cpp-python"])
        number = re.search(r"^Version: (\S+)$", pinned, re.M)
        kept = split_lock(rest)
        kept["llama-cpp-python"] = (
            f"llama-cpp-python=={number[1] if number else ''} --hash=sha256:{sha256(llama)}\n"
        )
        (folder / LLAMA_LOCK).write_text("".join(kept.values()), encoding="utf-8")
    (folder / "own.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "machine.txt").write_text(f"{machine}\n", encoding="utf-8")
    told = [*missing, f"llama-cpp-python (of {LLAMA_LOCK})"] if llama is None else list(missing)
    (folder / "to-compile.txt").write_text("".join(f"{one}\n" for one in told), encoding="utf-8")
    for name in ("install.sh", "install.ps1"):
        shutil.copy(PACKAGING / name, folder / name)
    for name in ("LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, folder / name)


if __name__ == "__main__":
    main(sys.argv[1:])
