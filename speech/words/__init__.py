"""Spoken words as they are written: numbers, units, times of a day, names of medicines."""
