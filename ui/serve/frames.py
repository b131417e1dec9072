"""What the front and an answering process say to each other: a line of JSON, then bytes. Pure."""

import json
from dataclasses import asdict, dataclass
from typing import Literal

Kind = Literal["ask", "stop", "ready", "failed", "part", "end"]
"""To a process: `ask` a question, `stop` one. From it: `ready` to answer, `failed` to start, a
`part` of an answer, and its `end`."""
LONGEST = 64_000_000


@dataclass(frozen=True, slots=True)
class Frame:
    """One message."""

    kind: Kind
    job: int = 0
    """Number of the question."""
    status: int = 200
    """HTTP status, at the end of an answer."""
    route: str = ""
    """Which command is asked, in a question."""
    body: bytes = b""


def packed(frame: Frame) -> bytes:
    """A frame as bytes."""
    head = asdict(frame)
    del head["body"]
    return json.dumps(head).encode() + b"\n" + frame.body


def unpacked(data: bytes) -> Frame:
    """The frame in bytes; both ends are this program."""
    head, _, body = data.partition(b"\n")
    return Frame(**json.loads(head), body=body)
