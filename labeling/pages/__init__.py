"""Pages of schemas and guidelines."""
