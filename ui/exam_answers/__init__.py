"""Multiple choice for language models: strategies, retrieval, costs, and twins for firmness."""
