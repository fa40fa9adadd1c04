"""The only code that talks to outside systems, each behind a port of `ports.py`."""
