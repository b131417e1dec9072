"""Takes the GPL encoders x264 and x265 out of the program, which only ever decodes sound.

The wheel of PyAV links them. FFmpeg in it is under the LGPL and looks for a few names in these two
libraries when it is loaded; small libraries of our own that hold the names and no encoder take
their place, so that no line of the GPL ones is carried.
"""

import re
import shutil
from pathlib import Path

from dist_common import BUILD, output, run, say, stop
from dist_left_out import is_gpl

_NAMES = re.compile(r"\bU (x26[45]_\w+)")
_DATA = frozenset({"x264_levels"})
"""The names that are tables and no functions."""


def take_out_encoders(folder: Path) -> list[Path]:
    """Put empty libraries in the place of the GPL ones; gives their paths.

    Args:
        folder: the one-folder program.
    """
    carried = [path for path in folder.rglob("*.so*") if is_gpl(path.name)]
    files = [path for path in carried if not path.is_symlink()]
    if not files:
        return []
    if shutil.which("gcc") is None or shutil.which("nm") is None:
        stop("gcc and nm are needed to take the GPL encoders out; install build-essential.")
    for path in files:
        prefix = path.name[3:7]
        names = sorted(one for one in _wanted(folder) if one.startswith(f"{prefix}_"))
        _replace(path, names)
        say(f"{path.name}: {len(names)} names and no encoder in its place")
    return files


def source_for(names: list[str]) -> str:
    """C source of a library that holds names and does nothing.

    A function gives 0, which FFmpeg takes for an encoder that cannot be opened.
    """
    rows = [
        f"const void *const {name}[1] = {{0}};"
        if name in _DATA
        else f"long {name}(void) {{ return 0; }}"
        for name in names
    ]
    return "/* Holds the names of an encoder that is not carried. */\n" + "\n".join(rows) + "\n"


def _wanted(folder: Path) -> set[str]:
    found: set[str] = set()
    for path in folder.rglob("libav*.so*"):
        if not path.is_symlink():
            found |= set(_NAMES.findall(output(["nm", "-D", "--undefined-only", path])))
    return found


def _replace(path: Path, names: list[str]) -> None:
    source = BUILD / f"{path.name.split('-')[0]}.c"
    source.write_text(source_for(names), encoding="utf-8")
    path.unlink()
    flags = ["-shared", "-fPIC", "-Os", "-s", "-Wl,--build-id=none", f"-Wl,-soname,{path.name}"]
    run(["gcc", *flags, "-o", path, source])
