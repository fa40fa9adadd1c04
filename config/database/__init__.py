"""PostgreSQL with limits: the engine that settings name."""
