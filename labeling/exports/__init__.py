"""How settled values are written for others: cells of a sheet, lines of a manifest. Pure."""
