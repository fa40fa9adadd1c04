"""Tells other services by itself what was settled: signed, tried again, kept when it fails."""
