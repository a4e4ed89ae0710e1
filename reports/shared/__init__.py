"""Code that all reports share: page layout, charts, number formatting and query results."""
