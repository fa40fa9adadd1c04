"""Pages of a project's people, tokens, connections, settings and audit log."""
