"""A written sentence as it is spoken aloud: figures, units, signs and abbreviations in words.

Pure. English is spelled out in full, so that every voice says the same. Of other languages only
the units are, because voices read figures in their own language (`speech.voice.other_languages`).
"""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cached_property

from speech.voice.figures import spoken_figures
from speech.voice.lexicon import VoiceLexicon, load_voice_lexicon
from speech.voice.number_words import digit_words, number_words, ordinal_words, year_words
from speech.voice.strokes import Strokes

NUMBER = r"(?<!\d)\d+(?:,\d{3}(?!\d))*(?:\.\d+)?|(?<![\d.])\.\d+"
_CITATION = re.compile(r"\[(?:[a-z]?\d+)(?:\s*,\s*[a-z]?\d+)*\]")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_MARKUP = re.compile(r"(?:^|(?<=\s))#{1,6}\s|\*{1,3}|`|_{2,}|^\s*[-•]\s", re.MULTILINE)
_TALL = re.compile(r"\b(?=\w*[a-z]\w*[a-z])(?=\w*[A-Z]{2}\w*)[A-Za-z]{6,}\b")
_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_NAMED_DATE = re.compile(r"\b(\d{1,2}) ([A-Z][a-z]{2,8})\.?,? (\d{4})\b")
_EVERY = re.compile(rf"\bq\s?((?:{NUMBER})(?:\s?-\s?(?:{NUMBER}))?)\s?h(?:r|rs|ourly)?\b", re.I)
_HOURLY = re.compile(
    rf"\b((?:{NUMBER})(?:\s?(?:-|\u2013|to)\s?(?:{NUMBER}))?)[\s-]?(?:hourly|hrly)\b"
)
_TIMES_A_DAY = re.compile(rf"\b({NUMBER})\s?[x\u00d7]\s?/\s?(day|week|month)\b")
_FOR_DAYS = re.compile(rf"(?<=\s)[x\u00d7]\s?(?=(?:{NUMBER})\s?(?:days?|d|weeks?|wk|months?)\b)")
_MULTIPLIED = re.compile(rf"(?<=\d)\s?[x\u00d7]\s?(?={NUMBER})")
_HALF = {
    "½": "half", "¼": "a quarter", "¾": "three quarters", "⅓": "one third", "⅔": "two thirds",
    "⅕": "one fifth", "⅖": "two fifths", "⅗": "three fifths", "⅘": "four fifths",
    "⅙": "one sixth", "⅚": "five sixths", "⅛": "one eighth", "⅜": "three eighths",
    "⅝": "five eighths", "⅞": "seven eighths",
}  # fmt: skip
_PART = f"[{''.join(_HALF)}]"
_RANGE = re.compile(
    rf"((?:{NUMBER})\s?(?:{_PART}|%|°C)?|{_PART})\s?[-\u2013\u2014]\s?"
    rf"(?=((?:{NUMBER})\s?{_PART}?|{_PART}))(?!\d{{4}}-)"
)
_SAME_UNIT = re.compile(
    rf"((?:{NUMBER})\s?([^\W\d_]{{1,12}}|%|°C))\s?[-\u2013\u2014]\s?(?=(?:{NUMBER})\s?\2(?!\w))"
)
_MIXED = re.compile(rf"(\d)\s?({_PART})")
_MINUS = re.compile(r"(?:(?<=^)|(?<=[\s(<>≤≥]))[-\u2212](?=\d)")
_PLUS = re.compile(r"(?<!\+)\+(?=\d)")
_PLUSES = re.compile(r"\+{1,4}")
_ORDINAL = re.compile(r"\b(\d{1,3})(?:st|nd|rd|th)\b")
_NUMBER = re.compile(NUMBER)


class SpokenForm:
    """Speaks written English; keep one, because it holds compiled patterns."""

    def __init__(self, lexicon: VoiceLexicon) -> None:
        """Take the words."""
        self._lexicon = lexicon
        self._strokes = Strokes(lexicon)

    def of(self, text: str) -> str:
        """The words to speak."""
        for rule in self._rules:
            text = rule(text)
        return _tidy(text)

    @cached_property
    def _rules(self) -> tuple[Callable[[str], str], ...]:
        """In this order: what is more special comes first; bare numbers come last."""
        return (
            _without_markup, _dates, self._roman, self._strokes.spoken, self._words, _intervals,
            _ranges, self._units, self._signs, _numbers,
        )  # fmt: skip

    def _roman(self, text: str) -> str:
        """`stage IV` is stage four; elsewhere IV is a route."""
        after = "|".join(sorted(self._lexicon.roman_after))
        pattern = rf"\b({after})(s?\s)({'|'.join(self._lexicon.roman)})\b"
        return re.sub(
            pattern,
            lambda found: f"{found[1]}{found[2]}{self._lexicon.roman[found[3]]}",
            text,
            flags=re.IGNORECASE,
        )

    def _words(self, text: str) -> str:
        return self._word_pattern.sub(lambda found: self._lexicon.words[found[0]], text)

    @cached_property
    def _word_pattern(self) -> re.Pattern[str]:
        words = sorted(self._lexicon.words, key=len, reverse=True)
        return re.compile(rf"(?<![\w/.])(?:{'|'.join(map(re.escape, words))})(?![\w/])")

    @cached_property
    def _unit_pattern(self) -> re.Pattern[str]:
        units = "|".join(
            re.escape(unit) for unit in sorted(self._lexicon.units, key=len, reverse=True)
        )
        part = rf"(?:\s?/\s?(?:(?:{NUMBER})\s?)?(?:{units})(?![\w²³]))"
        return re.compile(
            rf"(?P<from>(?<=\d to ))?(?P<number>{NUMBER})\s?"
            rf"(?P<unit>{units})(?![\w²³])(?P<per>{part}*)"
            rf"|(?<![\w/])(?P<bare>{units})(?P<bare_per>{part}+)"
            rf"|(?P<tail>{part}+)"
        )

    def _units(self, text: str) -> str:
        return self._unit_pattern.sub(self._unit, self._hyphen.sub(" ", text))

    @cached_property
    def _hyphen(self) -> re.Pattern[str]:
        """The dash of `5-mg tablet`; that of `2-day course` stays."""
        short = (
            re.escape(unit) for unit, names in self._lexicon.units.items() if unit not in names
        )
        return re.compile(rf"(?<=\d)-(?=(?:{'|'.join(short)})(?![\w²³-]))")

    def _unit(self, found: re.Match[str]) -> str:
        if found["number"]:
            one = found["number"] in {"1", "1.0"} and found["from"] is None
            name = self._lexicon.units[found["unit"]][not one]
            return f"{found['number']} {name}{self._per(found['per'])}"
        if found["bare"]:
            return f"{self._lexicon.units[found['bare']][1]}{self._per(found['bare_per'])}"
        return self._per(found["tail"])

    def _per(self, text: str) -> str:
        """`/kg/day` is per kilogram per day, `/5 mL` is per five millilitres."""
        said = ""
        for part in (piece.strip() for piece in text.split("/")):
            if part:
                amount = _NUMBER.match(part)
                unit = part[amount.end() :].strip() if amount else part
                count = amount[0] if amount else "1"
                name = self._lexicon.units[unit][count != "1"]
                said += f" per {f'{count} ' if amount else ''}{name}"
        return said

    def _signs(self, text: str) -> str:
        for sign, words in self._lexicon.signs.items():
            text = text.replace(sign, words)
        return text


def open_spoken_form() -> SpokenForm:
    """The spoken form of English with the words of the package."""
    return SpokenForm(load_voice_lexicon())


def number_twice(number: str) -> str:
    """A number said in words and again digit by digit, as it is read back: `fifteen, one five`."""
    plain = number.replace(",", "")
    if not plain.isdecimal() or len(plain) < 2:
        return number_words(number)
    return f"{number_words(number)}, {digit_words(plain)}"


def _without_markup(text: str) -> str:
    text = _ADDRESS.sub("the address on the screen", _CITATION.sub("", text))
    return _TALL.sub(lambda found: found[0].lower(), _MARKUP.sub(" ", text))


def _dates(text: str) -> str:
    months = load_voice_lexicon().months

    def iso(found: re.Match[str]) -> str:
        year, month, day = int(found[1]), int(found[2]), int(found[3])
        if not (1 <= month <= 12 and 1 <= day <= 31):
            return found[0]
        return f"the {ordinal_words(day)} of {months[month - 1]} {year_words(year)}"

    def named(found: re.Match[str]) -> str:
        name = next((month for month in months if month.startswith(found[2][:3])), "")
        if not name:
            return found[0]
        return f"the {ordinal_words(int(found[1]))} of {name} {year_words(int(found[3]))}"

    return spoken_figures(_NAMED_DATE.sub(named, _ISO_DATE.sub(iso, text)))


def _intervals(text: str) -> str:
    text = _EVERY.sub(r"every \1 hours", text)
    text = _HOURLY.sub(r"every \1 hours", text)
    text = _TIMES_A_DAY.sub(r"\1 times a \2", text)
    return _FOR_DAYS.sub("for ", text)


def _ranges(text: str) -> str:
    text = _MULTIPLIED.sub(" times ", text)
    text = _MINUS.sub("minus ", text)
    text = _RANGE.sub(_range, _SAME_UNIT.sub(r"\1 to ", text))
    text = _MIXED.sub(lambda found: f"{found[1]} and {_a_half(found[2])}", text)
    for sign, words in _HALF.items():
        text = text.replace(sign, words)
    return text


def _range(found: re.Match[str]) -> str:
    """`5-10` is five to ten; `2-0` goes down and is no range."""
    low, high = (_value(part) for part in found.groups())
    down = low is not None and high is not None and high <= low
    return f"{found[1]} {'dash' if down else 'to'} "


def _value(written: str) -> Decimal | None:
    number = _NUMBER.fullmatch(written.rstrip(" %°C"))
    return Decimal(number[0].replace(",", "")) if number else None


def _a_half(sign: str) -> str:
    return "a half" if sign == "½" else _HALF[sign]


def _numbers(text: str) -> str:
    text = _ORDINAL.sub(lambda found: ordinal_words(int(found[1])), text)
    text = _PLUS.sub(" plus ", text)
    text = _PLUSES.sub(lambda found: " plus" * len(found[0]) + " ", text)
    return _NUMBER.sub(lambda found: f" {number_words(found[0])} ", text)


def _tidy(text: str) -> str:
    text = re.sub(r"\s*[()\[\]]\s*", ", ", text)
    text = re.sub(r"\s+([,.;:!?])", r"\1", text)
    text = re.sub(r"([,;:])(?:\s*[,;:])+", r"\1", text)
    text = re.sub(r"[,;:]\s*([.!?])", r"\1", text)
    text = re.sub(r"\s+-(?=[a-z])", "-", text)
    text = re.sub(r"(?<=[A-Za-z])-\s+", " ", text)
    return " ".join(text.split()).strip(" ,;")
