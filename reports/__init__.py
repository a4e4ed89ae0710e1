"""Reports: one folder per page with its queries, template and `build` function, which maps query results to HTML."""
