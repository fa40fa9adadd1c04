"""Measures speed and memory against the goals, each beside what limits it."""
