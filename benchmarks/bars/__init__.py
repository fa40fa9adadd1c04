"""Statistics held against their bars, on real model outputs: `make bench-stats`."""
