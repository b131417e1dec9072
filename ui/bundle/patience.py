"""Steps that another program can hold up for a moment, tried again for a while.

A virus scanner opens each new file, and on Windows a file that is open can neither be renamed nor
replaced; a moment later it can.
"""

import errno
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
WAITS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0)
"""Seconds before each new try: twelve together."""
_HELD = {errno.EACCES, errno.EPERM, errno.EBUSY, errno.ETXTBSY}


def patiently(step: Callable[[], T], waits: tuple[float, ...] = WAITS) -> T:
    """Do a step, again and again while another program holds the file.

    Only for renaming and replacing in a folder that was just written to: there a refusal is not
    one of rights.

    Raises:
        OSError: it is held for longer, or something else is the matter.
    """
    for wait in waits:
        try:
            return step()
        except OSError as error:
            if error.errno not in _HELD:
                raise
        time.sleep(wait)
    return step()
