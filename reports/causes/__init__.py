"""The page on how accidents happen: phase of flight, kind of accident and causes, in words."""
