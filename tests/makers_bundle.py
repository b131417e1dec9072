"""Builds bundles for tests: real keys, real archives, and a small program that answers as ours does."""

import gzip
import json
import os
import subprocess
import tarfile
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

from makers_packs import keys, root

from kb.packs.trust import Trust, signed_by
from ui.bundle.building import Recipe, build, sign_bundle
from ui.bundle.checking import this_platform
from ui.bundle.installing import Installer
from ui.bundle.launcher import Place
from ui.models.folder import Models

MADE = date(2027, 2, 1)
TODAY = date(2027, 3, 1)
QUESTION = "how much?"
DOMAIN = "district"
PROGRAM = """#!/bin/sh
# Answers like the real one; writes down what it was asked in its data folder.
mkdir -p "$AIDPOST_HOME"
echo "{name} $*" >> "$AIDPOST_HOME/calls"
case "$1" in
    ask) echo '{answer}' ;;
    doctor) echo '{report}' ;;
esac
exit {status}
"""
ANSWER = {"abstained": False, "sentences": [{"text": "750 mL.", "citations": ["c1"]}]}
REPORT = {"healthy": True, "findings": []}


def program(name="first", answer=None, report=None, status=0) -> str:
    """The text of a program for a shell."""
    return PROGRAM.format(
        name=name,
        answer=json.dumps(ANSWER if answer is None else answer),
        report=json.dumps(REPORT if report is None else report),
        status=status,
    )


def app_archive(place: Path, script: str, version="0.1.0", platform="", more=()) -> Path:
    """An archive as `make dist` writes it."""
    place.mkdir(parents=True, exist_ok=True)
    platform = platform or this_platform()
    out = place / f"aidpost-{version}-{platform}.tar.gz"
    files = {
        "aidpost": script.encode(),
        "platform.txt": f"{platform}\n".encode(),
        "version.txt": f"{version}\n".encode(),
        "_internal/library.bin": bytes(range(256)) * 400,
    }
    with (
        gzip.GzipFile(out, "wb", mtime=0) as packed,  # the same bytes a second later
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for name, data in files.items():
            entry = tarfile.TarInfo(f"aidpost-{version}/{name}")
            entry.size, entry.mode = len(data), 0o755 if name == "aidpost" else 0o644
            archive.addfile(entry, BytesIO(data))
        link = tarfile.TarInfo(f"aidpost-{version}/_internal/library.so")
        link.type, link.linkname = tarfile.SYMTYPE, "library.bin"
        archive.addfile(link)
        for entry, data in more:
            archive.addfile(entry, BytesIO(data))
    return out


class Publisher:
    """Three keys, and bundles signed with two of them."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.keys = keys()
        self.root = root(self.keys, DOMAIN)

    def recipe(self, number=1, script=None, **more) -> Recipe:
        """What goes onto a stick."""
        apps = more.pop("apps", None) or (
            app_archive(self.place / f"app-{number}", script or program(f"number-{number}")),
        )
        signed = signed_by(self.root, self.keys[:2])
        return replace(Recipe(number, f"edition {number}", MADE, signed, apps), **more)

    def bundle(self, number=1, script=None, signers=2, **more) -> Path:
        """A signed bundle in a folder of its own."""
        stick = self.place / f"stick-{number}"
        build(self.recipe(number, script, **more), Models(self.place / "models"), stick)
        for key in self.keys[:signers]:
            sign_bundle(stick, key)
        return stick


def installer(home: Path, publisher: Publisher, **more) -> Installer:
    """What installs below a folder, and trusts the publisher."""
    values = {
        "place": Place(
            home / "program", home / "bin" / "aidpost", home / "menu" / "aidpost.desktop"
        ),
        "trust": Trust((publisher.root,)),
        "question": QUESTION,
        "home": home / "data",
        "today": lambda: TODAY,
    }
    return Installer(**{**values, **more})


def calls(home: Path) -> list[str]:
    """What the installed program was asked with the data of the machine."""
    path = home / "data" / "calls"
    return path.read_text().splitlines() if path.exists() else []


def started(path: Path) -> str:
    """What a person gets who starts the program in the folder of a clinic."""
    home = path.parent.parent / "data"
    done = subprocess.run([path, "ask", QUESTION], capture_output=True, text=True, check=True,
                          env={"AIDPOST_HOME": str(home), "PATH": os.environ["PATH"]})  # fmt: skip
    return done.stdout
