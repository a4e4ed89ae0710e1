"""Connections to PostgreSQL, the embedded server, and what its errors mean."""
