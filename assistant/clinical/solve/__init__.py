"""From a note and a question to a worked calculator: chosen, filled from the note, computed."""
