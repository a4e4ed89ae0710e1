"""Features, population, split and encoding."""
