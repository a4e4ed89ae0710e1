"""From raw text to published tables and views: typing, judging, building, accounting, auditing, publishing."""
