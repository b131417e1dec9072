"""Ears and voice; knows nothing of medicine."""
