"""Errors of the calculators; each message is fit to show to the person.

CalculatorError
├── UnknownCalculator  no calculator of that name
├── BadInput           a value that cannot be read or cannot be true
└── NotDefined         the formula has no answer for these values
"""

from assistant.errors import AssistantError


class CalculatorError(AssistantError):
    """A calculation that cannot be done."""


class UnknownCalculator(CalculatorError):
    """There is no calculator of that name."""


class BadInput(CalculatorError):
    """A value cannot be read or cannot be true."""


class NotDefined(CalculatorError):
    """The formula has no answer for these values; `args[0]` names the reason in the data."""
