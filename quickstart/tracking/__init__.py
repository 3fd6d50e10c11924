"""The foo/bar check: that runs really arrive at a tracking server and come back."""
