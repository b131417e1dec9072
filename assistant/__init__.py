"""A question goes in, cited sentences come out."""
