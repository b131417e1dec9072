"""Documents to text with pages, sections and exact spans."""
