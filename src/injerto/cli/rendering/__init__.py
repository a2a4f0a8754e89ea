"""How records look in a terminal; one file a record."""
