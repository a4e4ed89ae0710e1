"""In-place update of published tables, where a snapshot changes few events."""
