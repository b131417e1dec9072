"""Makes the Debian packages of a built program: `python packaging/build_deb.py`.

Two of them: `aidpost`, and `aidpost-speech` with what only listening needs, so that a clinic
without a speech model carries less.

/usr/lib/aidpost/                the program
/usr/bin/aidpost                 a link to it
/usr/bin/aidpost-kiosk           makes the machine a kiosk, when the administrator asks for it
/usr/lib/systemd/system/         units of the kiosk, switched off
/usr/share/                      menu entry, icon, licences, list of contents
"""

import os
import platform
import shutil
from hashlib import md5
from pathlib import Path

from dist_common import (
    BUILD,
    FOLDER,
    OUT,
    PACKAGING,
    ROOT,
    epoch,
    files_below,
    megabytes,
    run,
    say,
    settle,
    sha256,
    stop,
    version,
)

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_LINUX = PACKAGING / "linux"
_SCRIPTS = ("preinst", "postinst", "prerm", "postrm")
_CONTROL = """\
Package: aidpost
Version: {version}
Architecture: {architecture}
Maintainer: The Aidpost project <aidpost@localhost>
Installed-Size: {kilobytes}
Depends: libc6 (>= 2.36)
Recommends: chromium | firefox-esr | www-browser, fonts-dejavu-core
Suggests: cage, espeak-ng
Section: science
Priority: optional
Description: offline medical assistant for clinics without internet
 Ask in plain words and get the lines of the guideline, each with its source.
 Dose, interaction and score engines, a starter library, text recognition and
 search by meaning are inside; nothing is downloaded and nothing leaves the
 machine.
 .
 Decision support for health workers. Not a diagnosis. Not a device cleared by
 any regulator.
"""

_SPEECH_CONTROL = """\
Package: aidpost-speech
Version: {version}
Architecture: {architecture}
Maintainer: The Aidpost project <aidpost@localhost>
Installed-Size: {kilobytes}
Depends: aidpost (= {version})
Section: science
Priority: optional
Description: offline medical assistant: listening
 What runs a Whisper model and opens recordings. A model has to be added, from a
 stick or by `aidpost models pull`; spoken answers need none of this.
"""
INSIDE = "usr/lib/aidpost/_internal"
SPEECH = ("ctranslate2", "ctranslate2.libs", "av", "av.libs")
"""Folders of the program that only listening needs."""


def build(folder: Path, out: Path, number: str = "", packing: str = "-z6") -> Path:
    """Make the package.

    Args:
        folder: the one-folder program.
        out: folder for the package.
        number: another version than that of the project, for tests of updates.
        packing: how hard `dpkg-deb` packs with xz; `-z0` is quick, for tests.
    """
    say("Debian package")
    root = BUILD / "deb"
    shutil.rmtree(root, ignore_errors=True)
    number = number or version()
    _program(folder, root)
    _desktop(root)
    _kiosk(root)
    _papers(folder, root)
    _control(root, number)
    return _packed(root, out / f"aidpost_{number}_{_architecture()}.deb", packing)


def build_speech(folder: Path, out: Path, number: str = "", packing: str = "-z6") -> Path:
    """Make the package of what only listening needs; see `build`."""
    say("Debian package for listening")
    root = BUILD / "deb-speech"
    shutil.rmtree(root, ignore_errors=True)
    number = number or version()
    for name in SPEECH:
        target = root / INSIDE / name
        shutil.copytree(folder / "_internal" / name, target, symlinks=True, copy_function=os.link)
    _put(folder / "THIRD-PARTY-NOTICES.txt", root / "usr/share/doc/aidpost-speech/copyright")
    control = root / "DEBIAN"
    control.mkdir()
    values = {"version": number, "architecture": _architecture(), "kilobytes": _kilobytes(root)}
    (control / "control").write_text(_SPEECH_CONTROL.format(**values), encoding="utf-8")
    _digests(root)
    return _packed(root, out / f"aidpost-speech_{number}_{_architecture()}.deb", packing)


def _packed(root: Path, package: Path, packing: str) -> Path:
    settle(root, epoch())
    flags = ["--root-owner-group", "-Zxz", packing, "--threads-max=2"]
    run(["dpkg-deb", *flags, "--build", root, package])
    shutil.rmtree(root)
    return package


def _architecture() -> str:
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        stop(f"There is no Debian package for the processor {machine}.")
    return _ARCHITECTURES[machine]


def _program(folder: Path, root: Path) -> None:
    target = root / "usr/lib/aidpost"
    target.parent.mkdir(parents=True)
    # Hard links: the same disk, no second copy of 600 MB.
    shutil.copytree(folder, target, symlinks=True, copy_function=os.link)
    for name in SPEECH:
        shutil.rmtree(root / INSIDE / name, ignore_errors=True)
    (root / "usr/bin").mkdir()
    (root / "usr/bin/aidpost").symlink_to("../lib/aidpost/aidpost")


def _desktop(root: Path) -> None:
    _put(_LINUX / "aidpost.desktop", root / "usr/share/applications/aidpost.desktop")
    icon = root / "usr/share/icons/hicolor/scalable/apps/aidpost.svg"
    _put(_LINUX / "aidpost.svg", icon)


def _kiosk(root: Path) -> None:
    for unit in sorted((*_LINUX.glob("*.service"), *_LINUX.glob("*.timer"))):
        _put(unit, root / "usr/lib/systemd/system" / unit.name)
    for name in ("browser", "watchdog"):
        _put(_LINUX / name, root / "usr/lib/aidpost/kiosk" / name, 0o755)
    for name in ("chromium-policy.json", "70-aidpost-no-usb-storage.rules"):
        _put(_LINUX / name, root / "usr/lib/aidpost/kiosk" / name)
    _put(_LINUX / "aidpost-kiosk", root / "usr/bin/aidpost-kiosk", 0o755)


def _papers(folder: Path, root: Path) -> None:
    papers = root / "usr/share/doc/aidpost"
    papers.mkdir(parents=True)
    _put(folder / "THIRD-PARTY-NOTICES.txt", papers / "copyright")
    _put(folder / "sbom.cdx.json", papers / "sbom.cdx.json")
    for page in sorted((ROOT / "docs/install").glob("*.md")):
        _put(page, papers / page.name)


def _control(root: Path, number: str) -> None:
    control = root / "DEBIAN"
    control.mkdir()
    values = {"version": number, "architecture": _architecture(), "kilobytes": _kilobytes(root)}
    text = _CONTROL.format(**values)
    (control / "control").write_text(text, encoding="utf-8")
    for name in _SCRIPTS:
        script = (PACKAGING / "deb" / name).read_text(encoding="utf-8")
        path = control / name
        path.write_text(script.replace("@VERSION@", number), encoding="utf-8")
        path.chmod(0o755)
    _digests(root)


def _kilobytes(root: Path) -> int:
    """Room that the package takes, as dpkg counts it."""
    return int(megabytes(files_below(root)) * 1e6) // 1024


def _digests(root: Path) -> None:
    control = root / "DEBIAN"
    rows = [
        f"{_md5(path)}  {path.relative_to(root).as_posix()}"
        for path in files_below(root)
        if not path.is_symlink() and control not in path.parents
    ]
    (control / "md5sums").write_text("\n".join(rows) + "\n", encoding="utf-8")


def _md5(path: Path) -> str:
    """The digest that dpkg compares installed files with; it guards against damage only."""
    return md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def _put(source: Path, target: Path, mode: int = 0o644) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    for made in (build(FOLDER, OUT), build_speech(FOLDER, OUT)):
        say(f"{made}: {megabytes([made]):.0f} MB, SHA-256 {sha256(made)}")
