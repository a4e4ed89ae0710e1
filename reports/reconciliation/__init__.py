"""The reconciliation page: counts of this release compared with counts published elsewhere."""
