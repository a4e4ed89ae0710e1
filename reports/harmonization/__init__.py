"""The language page: what is said the same way in all eras, how well, and what is not."""
