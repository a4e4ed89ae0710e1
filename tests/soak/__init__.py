"""Weekly syncs of generated files with seeded faults: `python -m tests.soak`."""
