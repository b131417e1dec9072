"""Whether a question leans on an earlier one, and the question that is meant by both together."""
