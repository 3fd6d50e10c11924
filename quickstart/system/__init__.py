"""This machine: what it is, its memory, its shell, its signals."""
