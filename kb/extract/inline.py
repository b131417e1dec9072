"""Small print inside a line: what must not run into the figure before it."""

_FIGURES = "0123456789+-\u2212"
_RAISED = str.maketrans(
    _FIGURES, "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207a\u207b\u207b"
)


def raised(text: str) -> str:
    """Raised figures with the raised signs of Unicode, so that 10 to the 9th is not 109."""
    shown = text.strip()
    return shown.translate(_RAISED) if all(char in _FIGURES for char in shown) else text
