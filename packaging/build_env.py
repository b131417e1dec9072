"""An environment of its own for the build: every wheel by its hash, llama.cpp built once.

    .build/wheels/   the wheel of llama.cpp, built from its pinned source for any x86-64 with AVX2
    .build/env/      the program with all engines, and PyInstaller

`make run` has the same locks; this environment leaves out the tools of the developers.
"""

import os
import shutil
import sys
import tarfile
from pathlib import Path

from dist_common import BUILD, ENV, PACKAGING, ROOT, WHEELS, output, run, say, sha256, stop

PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
LOCKED = ("--require-hashes", "--only-binary", ":all:")
PORTABLE = "-DGGML_NATIVE=OFF -DLLAMA_OPENSSL=OFF"
"""llama.cpp for every processor with AVX2, not only for the one that builds it."""
LOCKS = ("requirements.txt", "speech-requirements.txt", "dist-requirements.txt")
SOURCE = BUILD / "llama-source"
_LLAMA = "llama_cpp_python-*.whl"
_STAMP = "locks.sha256"


def python() -> Path:
    """The interpreter of the environment."""
    return ENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def make_env() -> None:
    """Make the environment, or bring it up to date where a lock or the program changed."""
    say("environment of the build")
    if not python().exists():
        run([sys.executable, "-m", "venv", ENV])
    wanted = "\n".join(sha256(PACKAGING / lock) for lock in (*LOCKS, "llm-requirements.txt"))
    stamp = ENV / _STAMP
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        for lock in LOCKS:
            run([python(), *PIP, *LOCKED, "-r", PACKAGING / lock])
        _install_llama()
        stamp.write_text(wanted, encoding="utf-8")
    run([python(), *PIP, *LOCKED, "-r", PACKAGING / "requirements.txt"])
    # Not editable: what is built holds the files of the package and no path of this machine.
    run([python(), *PIP, "--no-deps", "--no-build-isolation", "--force-reinstall", ROOT])


def _install_llama() -> None:
    wheel = llama_wheel()
    run([python(), *PIP, "--no-deps", "--no-index", "--force-reinstall", wheel])
    listed = output([python(), "-m", "pip", "show", "llama-cpp-python"])
    if "Version: " not in listed:
        stop("llama.cpp is not in the environment of the build.")
    # Its own requirements, pinned in the same lock.
    rest = ENV / "llm-rest.txt"
    rest.write_text(_lock(llama=False), encoding="utf-8")
    run([python(), *PIP, *LOCKED, "-r", rest])


def llama_wheel() -> Path:
    """The wheel of llama.cpp, built from its pinned source where there is none yet."""
    found = sorted(WHEELS.glob(_LLAMA))
    if found:
        return found[-1]
    say("llama.cpp from source; five minutes on two cores")
    locked = PACKAGING / "llm-build-requirements.txt"
    run([python(), *PIP, *LOCKED, "-r", locked])
    WHEELS.mkdir(parents=True, exist_ok=True)
    _fetch_source()
    lean = ["--config-settings", "wheel.exclude=lib/**;include/**;bin/**"]
    where = ["--config-settings", f"build-dir={SOURCE}/build"]
    plain = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    run([python(), "-m", "pip", "wheel", *plain, *lean, *where, SOURCE, "-w", WHEELS], _compiling())
    shutil.rmtree(SOURCE)
    return sorted(WHEELS.glob(_LLAMA))[-1]


def _fetch_source() -> None:
    """The pinned source in a folder that is the same in every build; pip would draw a new one."""
    plain = ["--quiet", "--no-deps", "--no-build-isolation", "--no-binary", "llama-cpp-python"]
    fetched = BUILD / "llama-fetched"
    shutil.rmtree(fetched, ignore_errors=True)
    fetched.mkdir(parents=True)
    one = fetched / "one.txt"
    one.write_text(_lock(llama=True), encoding="utf-8")
    lock: list[str | Path] = ["--require-hashes", "-r", one]
    run([python(), "-m", "pip", "download", *plain, *lock, "-d", fetched], {"PATH": _path()})
    shutil.rmtree(SOURCE, ignore_errors=True)
    with tarfile.open(next(fetched.glob("llama_cpp_python-*.tar.gz"))) as archive:
        archive.extractall(fetched, filter="data")
    next(path for path in fetched.iterdir() if path.is_dir()).rename(SOURCE)
    shutil.rmtree(fetched)


def _compiling() -> dict[str, str]:
    """What the compiler is told: what it makes may hold no path and no commit of this machine."""
    plain = f"-ffile-prefix-map={SOURCE}=llama-cpp-python"
    return {
        "CMAKE_ARGS": PORTABLE,
        "CMAKE_BUILD_PARALLEL_LEVEL": "2",
        "CFLAGS": plain,
        "CXXFLAGS": plain,
        "GIT_CEILING_DIRECTORIES": str(BUILD),
        "PATH": _path(),
    }


def _path() -> str:
    return f"{python().parent}{os.pathsep}{os.environ.get('PATH', '')}"


def _lock(*, llama: bool) -> str:
    """The rows of the lock that are of llama.cpp itself, or those that are not."""
    kept, inside = [], False
    for row in (PACKAGING / "llm-requirements.txt").read_text(encoding="utf-8").splitlines():
        if row and not row[0].isspace() and not row.startswith("#"):
            inside = row.startswith("llama-cpp-python==")
        if inside is llama:
            kept.append(row)
    return "\n".join(kept) + "\n"


if __name__ == "__main__":
    make_env()
