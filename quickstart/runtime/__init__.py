"""The target interpreter, where MLflow lives: find it, install into it, run scripts in it."""
