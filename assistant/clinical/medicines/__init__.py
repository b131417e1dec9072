"""Medicines as people write them: from a written name to the medicine that is meant."""
