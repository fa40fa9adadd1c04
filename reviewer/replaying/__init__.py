"""What another policy would have decided on a project's last predictions, at once."""
