"""The check of a notebook's own workspace."""

from __future__ import annotations

import pytest

from quickstart.methods.databricks.check import NotebookCheck


@pytest.mark.parametrize("uri", ["databricks", "databricks://me@example.com"])
def test_a_notebooks_uri_is_shown_with_the_name_of_its_profile(uri: str) -> None:
    assert NotebookCheck(uri).shown == uri
