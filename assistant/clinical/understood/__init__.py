"""What a free text states of a patient, each with its place, to be shown and confirmed."""
