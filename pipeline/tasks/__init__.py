"""Luigi tasks, in pipeline order. The logic they run is in the other packages."""
