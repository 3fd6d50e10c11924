"""What quickstart remembers on disk: connections, secrets, the journal, and the locks around them."""
