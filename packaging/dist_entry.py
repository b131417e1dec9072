"""Where the one-folder program begins.

The program starts itself for two things that a plain installation does with an interpreter: the
fenced process that reads files, and the processes of the engines.
"""

import multiprocessing
import sys
from pathlib import Path

_READER = "worker_main.py"


def main() -> None:
    """Be the part of the program that was asked for."""
    multiprocessing.freeze_support()
    words = sys.argv[1:]
    if words[:3] == ["-I", "-X", "utf8"] and Path(words[-1]).name == _READER:
        from ui.worker_main import main as read_files  # noqa: PLC0415 - only this part is needed

        read_files()
        return
    if words[:2] == ["-m", "ui.cli"]:
        del sys.argv[1:3]
    from ui.cli.main import main as run  # noqa: PLC0415 - not in a child that needs less

    run()


if __name__ == "__main__":
    main()
