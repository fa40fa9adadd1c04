"""Pages of what follows for models."""
