"""Errors of pictures; every message is fit to show to the person and says what to do."""

from assistant.errors import AssistantError


class PictureRefused(AssistantError):
    """A picture that is not opened, with the reason and a hint."""

    def __init__(self, reason: str, hint: str = "") -> None:
        """Take the reason in a sentence, and in another what to do instead."""
        super().__init__(f"{reason} {hint}".strip())
        self.reason = reason
        self.hint = hint
