"""Databricks, driven by the real command: the stand-in for a workspace before a real MLflow server."""
