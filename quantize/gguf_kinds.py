"""The kinds of GGUF file that the workshop makes, best first."""

KINDS = ("Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q4_0", "IQ4_NL", "IQ4_XS")
"""As llama.cpp names them."""
WEIGHED = frozenset({"Q6_K", "Q5_K_M", "Q4_K_M", "Q4_0", "IQ4_NL", "IQ4_XS"})
"""Kinds whose rounding takes an importance matrix into account; Q8_0 has no use for one."""
