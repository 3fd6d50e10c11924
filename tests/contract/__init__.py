"""The public contract in golden files: what scripts and people's files rely on, however the package is arranged.

`golden/` holds, in a form that can be read in a review:

- `json/`: the shape of the document of every command with --json, where it succeeds and where it fails
- `files/`: the files that a set-up by each method leaves, their modes, and the shape of what is in them
- `codes.txt`: every error code, with the exit codes it is raised with
- `command_line.txt`: every command with its options and arguments, without the sentences of --help

The tests compare and never write. A change that is meant is written by `python -m tests.contract` (arguments go to
pytest, such as `-k local`), and reviewed as a diff of `golden/`. What of the package's arrangement the tests know
stands in `arrangement.py` alone.
"""
