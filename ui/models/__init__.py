"""Models on this machine: which there are, how they come here, and that they are what they were."""
