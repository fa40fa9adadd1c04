"""Who may open which address: one table, walked for everybody."""
