"""Interactions of medicines with each other and with the patient, by rules of the library.

Pure: names and rules come in, findings go out. What no rule names is not safe; it is not covered.
"""
