"""`make dist`: the program as one folder, its archive and its Debian package.

    .build/dist/aidpost/   the program: engines, starter library, encoder, OCR, voice detector
    .build/out/            what is given away: .tar.gz, .deb, list of contents, notices, digests

Two builds of the same sources on the same system are the same bytes; `compare_builds.py` compares
them. The time in them is SOURCE_DATE_EPOCH, else that of the last commit.
"""

import shutil
import sys
from pathlib import Path

import build_deb
import sbom
from build_env import make_env, python
from dist_common import (
    BUILD,
    FOLDER,
    OUT,
    PACKAGING,
    ROOT,
    epoch,
    files_below,
    megabytes,
    output,
    run,
    say,
    settle,
    sha256,
    this_platform,
    version,
)
from dist_encoders import take_out_encoders
from dist_lean import make_lean
from notices import checked_notices
from portable import pack
from smoke import smoke


def main() -> None:
    """Build everything, and use it once before it is given away."""
    make_env()
    notices, packages = checked_notices(_site_packages(), version())
    _freeze()
    take_out_encoders(FOLDER)
    make_lean(FOLDER)
    listed = sbom.bill(version(), this_platform(), epoch(), packages)
    _add_papers(notices, sbom.written(sbom.with_files(listed, FOLDER)))
    settle(FOLDER, epoch())
    _use_once()
    OUT.mkdir(parents=True, exist_ok=True)
    made = [_archive()]
    if sys.platform == "linux" and shutil.which("dpkg-deb"):
        made += [build_deb.build(FOLDER, OUT), build_deb.build_speech(FOLDER, OUT)]
    _digests()
    say(f"{FOLDER}: {megabytes(files_below(FOLDER)):.0f} MB")
    for path in made:
        say(f"{path}: {megabytes([path]):.0f} MB")


def _site_packages() -> Path:
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(output([python(), "-c", where]).strip())


def _freeze() -> None:
    say("one-folder program")
    folders: list[str | Path] = ["--distpath", BUILD / "dist", "--workpath", BUILD / "work"]
    command: list[str | Path] = [
        python(),
        "-m",
        "PyInstaller",
        "--noconfirm",
        "--log-level",
        "WARN",
    ]
    # Away from the sources: what is frozen is the installed package, not the working copy.
    run([*command, *folders, PACKAGING / "aidpost.spec"], cwd=BUILD)


def _program() -> str:
    return "aidpost.exe" if sys.platform == "win32" else "aidpost"


def _add_papers(notices: str, listed: bytes) -> None:
    for name in ("LICENSE", "NOTICE", "CHANGELOG.md"):
        shutil.copy(ROOT / name, FOLDER / name)
    (FOLDER / "THIRD-PARTY-NOTICES.txt").write_text(notices, encoding="utf-8")
    (FOLDER / "sbom.cdx.json").write_bytes(listed)
    (FOLDER / "platform.txt").write_text(f"{this_platform()}\n", encoding="utf-8")
    (FOLDER / "version.txt").write_text(f"{version()}\n", encoding="utf-8")
    OUT.mkdir(parents=True, exist_ok=True)
    shutil.copy(FOLDER / "sbom.cdx.json", OUT / "sbom.cdx.json")
    shutil.copy(FOLDER / "THIRD-PARTY-NOTICES.txt", OUT / "THIRD-PARTY-NOTICES.txt")


def _use_once() -> None:
    """Use a copy: Gradio writes beside its code when it runs, and that is not to be given away."""
    copy = BUILD / "used"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(FOLDER, copy, symlinks=True)
    for name, seconds in smoke(copy / _program()).items():
        say(f"{name} {seconds}")
    shutil.rmtree(copy)


def _archive() -> Path:
    say("archive")
    name = f"aidpost-{version()}-{this_platform()}"
    out = OUT / f"{name}.tar.gz"
    pack(FOLDER, name, out, epoch())
    return out


def _digests() -> None:
    rows = [
        f"{sha256(path)}  {path.name}"
        for path in sorted(OUT.iterdir())
        if path.is_file() and path.name != "SHA256SUMS"
    ]
    (OUT / "SHA256SUMS").write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
