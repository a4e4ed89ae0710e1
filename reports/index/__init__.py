"""The page that leads to the others."""
