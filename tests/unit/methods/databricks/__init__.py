"""Unit tests of the methods "databricks" and "databricks-free"."""
