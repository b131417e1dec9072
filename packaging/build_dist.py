"""`make dist`: the program as one folder, its archive and its Debian package.

    .build/dist/aidpost/   the program: engines, starter library, encoder, OCR, voice detector
    .build/out/            what is given away: .tar.gz, .deb, list of contents, notices, digests

Two builds of the same sources on the same system differ in nothing but what PyInstaller's boot
loader and the time of the build put in; with SOURCE_DATE_EPOCH set, not even in that.
"""

import os
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
    _set_times(FOLDER)
    for name, seconds in smoke(FOLDER / _program()).items():
        say(f"{name} {seconds}")
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


def _set_times(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (epoch(), epoch()), follow_symlinks=False)


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
