"""Errors of the assistant; every message is fit to show to the person.

AssistantError
├── BadQuestion       nothing to answer, or too long
├── BadPatient        a patient field that cannot be read or cannot be true
└── ModelError        the language model cannot be used
    ├── ModelDamaged  the file is not a model or does not match its digest
    ├── ModelStopped  the worker died; it is being restarted
    └── PromptTooLong the prompt does not fit the model's context
"""


class AssistantError(Exception):
    """Something the person should know."""


class BadQuestion(AssistantError):
    """There is nothing to answer, or the text is too long."""


class BadPatient(AssistantError):
    """A patient field cannot be read or cannot be true."""


class ModelError(AssistantError):
    """The language model cannot be used."""


class ModelDamaged(ModelError):
    """The file is not a model, or it does not match its digest."""


class ModelStopped(ModelError):
    """The worker that runs the model died."""


class PromptTooLong(ModelError):
    """The prompt does not fit the model's context."""
