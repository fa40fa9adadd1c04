"""Template tags of reviewers’ and leads’ pages."""
