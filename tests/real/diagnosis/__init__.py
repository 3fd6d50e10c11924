"""`quickstart doctor`: every failure made for real, and the cause that must be the headline."""
