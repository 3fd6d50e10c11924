"""Scripts that run in the runtime, on every Python >= 3.9; they import nothing else of quickstart."""
