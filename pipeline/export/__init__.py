"""Published relations as files and as query results."""
