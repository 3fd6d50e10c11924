"""Scripts that run inside the target interpreter, on every Python >= 3.9; they import nothing else of ours."""
