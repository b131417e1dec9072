"""How a name sounds, roughly: one key for all spellings of one sound. Pure.

Not a theory of English: only what recognisers confuse in names that are made of Greek and Latin
parts. Vowels are one class, since they are heard and spelt most differently.
"""

import re

_RULES = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"[^a-z]", ""),
        (r"(?<=[a-z]{3})e$", ""),
        (r"^x", "s"),
        (r"^(?:ps|wr|kn|gn|pn)", lambda match: match[0][1]),
        (r"sch|sh|tio(?=n)|cio(?=n)|sio(?=n)", "s"),
        (r"ph|gh(?=t|$)", "f"),
        (r"th", "t"),
        (r"tch|ch(?=[ei])", "s"),
        (r"ck|ch|qu|q|kh", "k"),
        (r"x", "ks"),
        (r"c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"g(?=[eiy])|j|dg", "s"),
        (r"z", "s"),
        (r"v|w", "f"),
        (r"h", ""),
        (r"[aeiouy]+", "a"),
        (r"d", "t"),
        (r"b", "p"),
        (r"g", "k"),
        (r"(.)\1+", r"\1"),
    )
)


def sound(text: str) -> str:
    """The key of a name; names that sound alike have keys that are alike."""
    key = text.casefold()
    for pattern, other in _RULES:
        key = pattern.sub(other, key)
    return key
