"""Template tags of pages about models."""
