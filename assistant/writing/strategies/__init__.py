"""Ways of asking a model more than once: each a small pure class, with its cost and its end."""
