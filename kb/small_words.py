"""Words that say little by themselves: glue, units, and for whom something is."""

UNITS = frozenset(
    "kg g mg mcg ug ml l cm mm mmhg mmol dl h hr hrs min mins sec c f percent iu yo"
    " y m d w pm x q t".split()
)
GLUE = frozenset(
    "a an and are as at be been but by can could did do does for from had has have he her him his"
    " how i if in into is it its me my no not of on or our she should so that the their them then"
    " there they this to up us was we were what when where which while who whom whose why will"
    " with would you your".split()
)
WHO = frozenset(
    "adult adults baby babies child children kid kids infant infants newborn neonate girl boy man"
    " woman women men patient pt lady person mother mum father old yr yrs year years month months"
    " week weeks day days pregnant pregnancy aged age elderly weight kg weighs weighing".split()
)
"""Words that say for whom; they steer the filter, not the topic."""
_RANKS = frozenset("st nd rd th x mo wk wks yo hrly".split())


def says_nothing(word: str) -> bool:
    """Whether a word is glue, a unit, a single letter or an amount."""
    return word in GLUE or word in UNITS or len(word) == 1 or _is_amount(word)


def _is_amount(word: str) -> bool:
    """A number with or without its unit ("12", "5ml", "3yo"); a name such as "h5n1" is none."""
    tail = word.lstrip("0123456789")
    return tail != word and (not tail or tail in UNITS or tail in WHO or tail in _RANKS)
