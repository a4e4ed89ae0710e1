"""The start page: links to all other pages."""
