"""The wizard in a real ipykernel, and called from a script."""
