"""Statistics of review: numbers in, numbers out, each formula with its source."""
