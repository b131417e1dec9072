"""Why the gate refuses a sentence, in words for the person."""

NUMBER = "number not in source"
LIMIT = "the source sets another limit"
NEGATION = "the source says the opposite or limits it"
CONDITION = "a condition of the source is changed"
ORDER = "the source joins these words another way"
LEFT_OUT = "too much of the source's line is left out"
NOT_SUPPORTED = "the cited passage does not say this"
