"""What payloads refer to: fetched with care, and handed to whoever may look at the task."""
