"""Drawing for a person, on two consoles. Only cli/ and api.py import it."""
