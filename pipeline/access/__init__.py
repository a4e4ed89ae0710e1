"""What an Access file holds, and its rows as text in the database."""
