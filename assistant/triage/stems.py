"""Light stems and sounds of words, the same for the lexicon and for what is typed."""

_ENDINGS = ("nesses", "ness", "ingly", "ings", "ing", "edly", "ed", "ies", "es", "s", "ly", "e")
_LAST = frozenset(ending[-1] for ending in _ENDINGS)
_ALONE = "hives hiv spotting severed winded shutting pinned trapped contracting knifed rape wasting"
_IRREGULAR = {word: word for word in _ALONE.split()} | {
    "raping": "rape",
    "raped": "rape",
    "rapes": "rape",
    "wasted": "wasting",
}
"""Words that would otherwise share a stem with a harmless one, such as `severed` and `severe`."""
_ARABIC = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه"})  # noqa: RUF001
_ARABIC_PREFIXES = ("وال", "بال", "لل", "ال", "و", "ف")
_SOUNDS = (
    "ph f", "gh _", "sch s", "tch j", "th s", "sh s", "ch k", "ck k", "kn n", "wr r", "qu k",
    "x ks", "ce s", "ci s", "cy s", "ge j", "gi j", "gy j", "z s", "c k", "q k", "g k", "d t",
    "b p", "v f", "h _",
)  # fmt: skip
_SOUND_GROUPS = tuple(tuple(pair.replace("_", "").split(" ")) for pair in _SOUNDS)
_VOWELS = frozenset("aeiouyw")


def stem(word: str) -> str:
    """A light stem: `breathing`, `breathes`, `breath` agree."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if "\u0600" <= word[:1] <= "\u06ff":
        return _arabic(word)
    plain = word.replace("ae", "e").replace("oe", "e") if len(word) > 4 else word
    if plain[-1:] not in _LAST:
        return plain
    for ending in _ENDINGS:
        if plain.endswith(ending) and len(plain) - len(ending) >= 3:
            return _without(plain, ending)
    return plain


def sound(word: str) -> str:
    """What is left of a word when it is misheard: its consonants, voiced and unvoiced alike."""
    for written, heard in _SOUND_GROUPS:
        word = word.replace(written, heard)
    out = ""
    for char in word:
        if char not in _VOWELS and not out.endswith(char):
            out += char
    return ("a" if word[:1] in _VOWELS else "") + out


def single(word: str) -> str:
    """A word without doubled letters: `flopy` and `floppy` agree."""
    return "".join(char for at, char in enumerate(word) if not at or char != word[at - 1])


def _without(plain: str, ending: str) -> str:
    base = plain[: -len(ending)]
    if ending == "ies":
        return base + "y"
    if (ending == "s" and base.endswith("s")) or (ending == "e" and len(base) < 4):
        return plain
    if len(base) > 3 and base[-1] == base[-2] and base[-1] not in "lsz":
        base = base[:-1]
    return base[:-1] if base.endswith("e") and len(base) > 4 else base


def _arabic(word: str) -> str:
    """An Arabic word without `and`, `the` and `by the`, and with one way of spelling."""
    plain = word.translate(_ARABIC)
    for before in _ARABIC_PREFIXES:
        if plain.startswith(before) and len(plain) - len(before) >= 3:
            return plain[len(before) :]
    return plain
