"""The warehouse: raw text is cast, merged, checked and published as the relations of a release."""
