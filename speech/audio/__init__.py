"""Recordings: from bytes that nobody has looked at to one channel of samples at 16 kHz."""
