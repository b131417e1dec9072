"""Writers: quotes in reference mode, a local language model in model mode."""
