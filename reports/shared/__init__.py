"""What all reports share: page layout, charts, formatting and query results."""
