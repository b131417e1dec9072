"""Talking with a person: whose turn it is, what was confirmed, what is still missing."""
