"""Between two people without a common language: sentence, translation, and what is doubtful."""
