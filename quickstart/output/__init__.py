"""Drawing: for a person, or as JSON. Only cli/ and notebook.py import it."""
