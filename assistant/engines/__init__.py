"""The clinical engines inside a question: doses, interactions, calculators.

Each finder reads a question, asks its engine, and says in one computed sentence what came out.
"""
