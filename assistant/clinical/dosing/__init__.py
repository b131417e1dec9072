"""Doses: which row of the formulary is for this patient, how much that is, and what speaks against.

Pure and exact (Decimal); no dose is ever estimated and every figure stands in a row with a source.
"""
