"""Reads long clinical notes: numbers with units, findings with their denial, dates and doses.

Whatever is read keeps the place of the words it was read from, so that a screen can mark them.
"""
