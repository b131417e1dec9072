"""Danger signs by rule: pure code over sourced rules, before everything else."""

from assistant.triage.rules import Rules, load_rules

__all__ = ["Rules", "load_rules"]
