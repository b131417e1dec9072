"""Clinical engines and fact extraction: pure code over sourced tables."""
