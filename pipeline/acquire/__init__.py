"""Zips from their places into the archive, and Access files out of them; nothing here knows Luigi."""
