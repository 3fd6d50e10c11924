"""Write the golden files anew: `python -m tests.contract [arguments of pytest]`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.contract.golden import REWRITE

if __name__ == "__main__":
    os.environ[REWRITE] = "yes"
    sys.exit(pytest.main([str(Path(__file__).parent), "-n", "0", "-m", "matrix or not matrix", *sys.argv[1:]]))
