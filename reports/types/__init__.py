"""The page on aircraft types: a table of types, a part for each type, and a comparison of two."""
