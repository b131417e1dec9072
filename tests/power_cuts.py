"""Kills the installer at many points and tells what runs then; a small program of its own.

    python power_cuts.py FOLDER update|first|back FROM STEP OF

A fork of a small program costs little; one of the whole test run copies hundreds of megabytes.
Prints a JSON object for each point: FROM, FROM + STEP, ... below OF.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

from makers_bundle import QUESTION, Publisher, installer
from makers_records import OURS, about, add, add_later
from makers_records import program as records_program

from ui.bundle.switching import MARK
from ui.bundle.unpack import broken
from ui.bundle.versions import Versions

WATCHED = ("ui/bundle/", "kb/library_copy.py", "kb/packs/disk.py", "ui/models/disk.py")
AGAIN = 10
"""The same stick is put in again after one cut in so many."""


class Counter:
    """Counts the lines that the installer runs, and kills it at one of them."""

    def __init__(self, last=None):
        self.count, self.last = 0, last

    def __call__(self, frame, event, argument):
        name = frame.f_code.co_filename.replace(os.sep, "/")
        return self.line if any(part in name for part in WATCHED) else None

    def line(self, frame, event, argument):
        if event == "line":
            self.count += 1
            if self.count == self.last:
                os.kill(os.getpid(), signal.SIGKILL)
        return self.line


def traced_install(home, publisher, stick, counter):
    here = installer(home, publisher)
    sys.settrace(counter)
    try:
        here.install(stick)
    finally:
        sys.settrace(None)


def in_child(work):
    """Run in a process of its own; its exit status, negative when it was killed."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def asked(home):
    """Name of the program that answers when a person starts it."""
    environment = {"AIDPOST_HOME": str(home / "data"), "PATH": os.environ["PATH"]}
    subprocess.run([home / "program" / "aidpost", "ask", QUESTION], env=environment, check=True,
                   capture_output=True)  # fmt: skip
    return (home / "data" / "calls").read_text().splitlines()[-1].split()[0]


def update_cut(place, home, stage, at):
    """What there is after an update was killed at a line: a row for the test."""
    publisher, stick = stage
    shutil.copytree(home, place, symlinks=True)
    status = in_child(partial(traced_install, place, publisher, stick, Counter(at)))
    versions = Versions(place / "program")
    known = versions.find()
    bad = broken(versions.path(known.current))
    return {"status": status, "number": known.number, "asked": asked(place), "broken": bad}


def again(place, publisher, stick):
    """What there is after the same stick was put in again."""
    number = installer(place, publisher).install(stick).installed.number
    versions = Versions(place / "program")
    return {
        "number": number,
        "asked": asked(place),
        "staging": versions.staging.exists(),
        "versions": len(list(versions.all())),
    }


def updates(folder, numbers, of):
    """Rows for updates that were cut off."""
    publisher, home = Publisher(folder / "publisher"), folder / "clinic"
    installer(home, publisher).install(publisher.bundle(1))
    stick, whole = publisher.bundle(2), Counter()
    traced_install(shutil.copytree(home, folder / "whole", symlinks=True), publisher, stick, whole)
    place = folder / "cut"
    for number in numbers:
        at = 1 + number * whole.count // of
        row = {"at": at, "lines": whole.count}
        row |= update_cut(place, home, (publisher, stick), at)
        if number % AGAIN == 0:
            row["again"] = again(place, publisher, stick)
        yield row
        shutil.rmtree(place)


def firsts(folder, numbers, of):
    """Rows for first installations that were cut off, and done again."""
    publisher, whole = Publisher(folder / "publisher"), Counter()
    stick, place = publisher.bundle(2), folder / "cut"
    traced_install(folder / "measured", publisher, stick, whole)
    for number in numbers:
        at = 1 + number * whole.count // of
        status = in_child(partial(traced_install, place, publisher, stick, Counter(at)))
        yield {"status": status, "again": again(place, publisher, stick)}
        shutil.rmtree(place)


def backs(folder, numbers, of):
    """Rows for goings back, with the library as it was, that were cut off."""
    publisher, home = Publisher(folder / "publisher"), folder / "clinic"
    add(home / "data", "old.txt", "old rule")
    here = installer(home, publisher)
    here.install(publisher.bundle(1, records_program("old")))
    here.install(publisher.bundle(2, records_program("new", OURS + 1)))
    add_later(home / "data", "new.txt", "new rule")
    whole, place = Counter(), folder / "cut"
    traced_back(shutil.copytree(home, place, symlinks=True), publisher, whole)
    for number in numbers:
        at = 1 + number * whole.count // of
        shutil.rmtree(place)
        shutil.copytree(home, place, symlinks=True)
        status = in_child(partial(traced_back, place, publisher, Counter(at)))
        name = asked(place)
        schema, texts = about(place / "data")
        files = sorted(path.read_text() for path in (place / "data" / "kept").rglob("*.txt"))
        mark = (place / "program" / MARK).exists()
        yield {"status": status, "asked": name, "schema": schema, "texts": texts, "files": files,
               "mark": mark, "lines": whole.count}  # fmt: skip


def traced_back(home, publisher, counter):
    here = installer(home, publisher)
    sys.settrace(counter)
    try:
        here.rollback(as_it_was=True)
    finally:
        sys.settrace(None)


if __name__ == "__main__":
    where, kind, start, step, end = sys.argv[1:]
    made = {"update": updates, "first": firsts, "back": backs}[kind]
    for found in made(Path(where), range(int(start), int(end), int(step)), int(end)):
        sys.stdout.write(f"{json.dumps(found)}\n")
