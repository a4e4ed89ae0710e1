"""The reconciliation page: what this release counts, beside what was published elsewhere."""
