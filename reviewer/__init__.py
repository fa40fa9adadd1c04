"""Who looks at what, when, and what the answers add up to."""
