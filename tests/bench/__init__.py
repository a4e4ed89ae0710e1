"""`make bench`: seconds and memory of whole runs, and floors measured beside them. See docs/reference/benchmarks.md."""
