"""The command `aidpost`."""
