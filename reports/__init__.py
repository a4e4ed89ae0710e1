"""What each report says: one folder per report with its template, queries and words. Values in, HTML text out."""
