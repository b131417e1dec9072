"""Tools that a language model may call: it names the work, code does it."""
