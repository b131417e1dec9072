"""From a picture of a paper to fields that a person confirms."""
