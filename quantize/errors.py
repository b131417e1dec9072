"""What can go wrong in the workshop, in words for the person who runs it."""


class WorkshopError(Exception):
    """A step of the workshop cannot be done; the message says why and what to do."""
