"""What happened, counted a little at a time by the worker: pages add up, they never recount."""
