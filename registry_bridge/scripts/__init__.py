"""Scripts that compute runs in a process of their own, with nothing else beside them."""
