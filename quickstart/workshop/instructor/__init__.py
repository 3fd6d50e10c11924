"""The instructor's side of a workshop."""
