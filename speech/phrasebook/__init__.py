"""Sentences for the bedside in several languages, ready to show and to speak."""
