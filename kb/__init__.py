"""The library: what may be quoted."""
