"""`make bench`: duration and memory of complete runs, compared with baselines measured in the same session."""
