"""A participant's side of a workshop."""
