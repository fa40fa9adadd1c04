"""The process in which callers of the API wait for answers: small, and without Django."""
