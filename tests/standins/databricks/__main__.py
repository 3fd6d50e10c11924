"""Run a workspace for trying something by hand: `python -m tests.standins.databricks --mlflow URL`."""

from __future__ import annotations

import argparse
import time
from contextlib import suppress

from tests.standins.databricks.service import workspace


def main() -> None:
    """Print the address, and serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.standins.databricks", description=__doc__)
    parser.add_argument("--mlflow", required=True, metavar="URL", help="a real MLflow server")
    parser.add_argument("--port", type=int, default=0, help="a free one where it is not given")
    parser.add_argument("--token", help="the personal access token; a random one where it is not given")
    asked = parser.parse_args()
    with suppress(KeyboardInterrupt), workspace(asked.mlflow, port=asked.port, token=asked.token) as place:
        print(f"{place.url}\ntoken {place.token} ({place.user})", flush=True)
        print(f"client {place.client_id} {place.client_secret}", flush=True)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()
