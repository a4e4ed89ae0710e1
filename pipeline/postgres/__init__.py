"""Connections to PostgreSQL, the embedded server, and messages for database errors."""
