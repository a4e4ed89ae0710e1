"""From raw text to published relations."""
