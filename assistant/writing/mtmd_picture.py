"""A picture as a language model is shown it: its colours, its size, and nothing else."""

from dataclasses import dataclass

from assistant.writing.language import Prompt

LONGEST_SIDE = 2048
"""Pixels; a projector makes pictures far smaller than this."""
_CHANNELS = 3


@dataclass(frozen=True, slots=True)
class Picture:
    """Red, green and blue of each point, row by row; no file, no address and no name.

    Raises:
        ValueError: The bytes are not those of a picture of this size.
    """

    width: int
    height: int
    """In pixels, at most `LONGEST_SIDE`."""
    data: bytes

    def __post_init__(self) -> None:
        if not (0 < self.width <= LONGEST_SIDE and 0 < self.height <= LONGEST_SIDE):
            raise ValueError(f"a picture has 1 to {LONGEST_SIDE} pixels on each side")
        if len(self.data) != picture_bytes(self.width, self.height):
            raise ValueError("a picture has three bytes for each pixel")


@dataclass(frozen=True, slots=True)
class Scene:
    """A prompt with a picture in it.

    Raises:
        ValueError: There is no such place in the prompt.
    """

    prompt: Prompt
    at: int
    """Number of the segment that the picture stands before."""
    picture: Picture

    def __post_init__(self) -> None:
        if not 0 <= self.at <= len(self.prompt.segments):
            raise ValueError("the picture has no place in the prompt")

    @property
    def before(self) -> Prompt:
        """What is read before the picture."""
        return Prompt(self.prompt.segments[: self.at], self.prompt.stop)

    @property
    def after(self) -> Prompt:
        """What is read after it."""
        return Prompt(self.prompt.segments[self.at :], self.prompt.stop)


def picture_bytes(width: int, height: int) -> int:
    """How many bytes a picture of a size has."""
    return width * height * _CHANNELS


def before_question(prompt: Prompt) -> int:
    """The place before the last thing that a person said.

    Raises:
        ValueError: Nobody said anything.
    """
    said = [at for at, segment in enumerate(prompt.segments) if not segment.special]
    if not said:
        raise ValueError("there is no question in the prompt")
    return said[-1]
