"""The whole line run through the real services, with an invented office and without a browser."""
