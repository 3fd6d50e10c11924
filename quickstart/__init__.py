"""The quickest way to start with MLflow tracking: recommend a method, set it up, prove it, undo it."""

__version__ = "0.1.0"
