"""What "done" means: the Luigi targets of the pipeline."""
