"""Whether one line of a source carries a sentence: rules over words, numbers and clauses."""
