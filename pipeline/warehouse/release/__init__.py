"""Publication, history, rollback, and locks on what readers see."""
