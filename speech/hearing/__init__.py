"""From samples to a transcript: where speech is, what was said, and what was only invented."""
