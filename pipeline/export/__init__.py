"""Published relations as files and as answers of queries."""
