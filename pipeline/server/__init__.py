"""The private PostgreSQL server, what its errors mean, and whether a machine has what is needed."""
