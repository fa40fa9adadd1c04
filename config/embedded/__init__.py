"""What `manage.py up` starts beside the web pages, and how it is kept alive."""
