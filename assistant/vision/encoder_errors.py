"""Errors of image analysis; every message is fit to show to the person.

ImageError (AssistantError)
├── ImagesOff            image analysis is switched off, or nothing is installed for it
├── EncoderUnusable      the image encoder is damaged or of a kind that cannot be run
├── HeadUnusable         a trained head is damaged, or belongs to another encoder
├── TooFewPictures       a labelled folder is too small to learn or to measure from
├── ConsentMissing       a picture cannot go into the atlas as long as consent is not recorded
├── UnknownPicture       the atlas has no such picture
└── NotMeasurable        a wound or its reference cannot be found or measured
"""

from assistant.errors import AssistantError


class ImageError(AssistantError):
    """Something about image analysis that the person should know."""


class ImagesOff(ImageError):
    """Image analysis is switched off, or nothing is installed for it."""


class EncoderUnusable(ImageError):
    """The image encoder cannot be used."""


class HeadUnusable(ImageError):
    """A trained head cannot be used."""


class TooFewPictures(ImageError):
    """There are too few pictures to learn or to measure from."""


class ConsentMissing(ImageError):
    """Consent for a picture is not recorded."""


class UnknownPicture(ImageError):
    """The atlas has no such picture."""


class NotMeasurable(ImageError):
    """A wound or its reference cannot be found or measured."""
