"""Luigi targets: when the output of a task counts as complete."""
