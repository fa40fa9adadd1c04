"""Labels for others: read in short statements, written as lines, tables and files."""
