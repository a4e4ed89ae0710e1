"""Luigi tasks, in pipeline order; the functions they call are in the other packages."""
