"""Everything a person touches; the only package that knows all others."""
