"""The page on accident rates: accidents per 100,000 flight hours, next to the counts and the sources of the hours."""
