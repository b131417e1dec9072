"""The workshop that makes models small and proves it."""
