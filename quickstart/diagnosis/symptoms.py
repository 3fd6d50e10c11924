"""Known problems of MLflow tracking: what a person sees, and which check, command or section of the guide covers it.

Each check names the numbers that it covers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Symptom:
    """A known problem.

    Args:
        seen: what a person sees, with the text of the message if there is one.
        elsewhere: which other command detects or prevents it; "" if none does.
        passage: heading in guides/doctor.md about it; "" if the checks say everything.
    """

    seen: str
    elsewhere: str = ""
    passage: str = ""


ORDER = "Set the URI, the experiment and the run in this order"
MANY = "Many clients at once"
WINDOWS = "On Windows"
BROWSER = "Problems in the browser"
MLFLOW = "MLflow's own commands"
HOSTED = "Colab, containers and cloud machines"

SYMPTOMS: Mapping[int, Symptom] = {
    1: Symptom("nothing for minutes, then *Max retries exceeded ... Connection refused*"),
    2: Symptom("*Address already in use*", "`server start` uses the next free port, and names the program on 5000"),
    3: Symptom("*error code 403 != 200. Response body: ''* on a Mac", "`server start` starts at port 5001 on a Mac"),
    4: Symptom("the page is empty: *No runs yet*"),
    5: Symptom("*Invalid Host header - possible DNS rebinding attack detected*"),
    6: Symptom("*Cross-origin request blocked*; the page loads, its buttons fail", passage=BROWSER),
    7: Symptom("in Colab the server runs, but its link does not open", passage=HOSTED),
    8: Symptom("*This site can't be reached*: the server is on a machine in a cloud", passage=HOSTED),
    9: Symptom("*Connection refused* inside a container", passage=HOSTED),
    10: Symptom("*Permission denied: '/mlruns'* from the client; metrics arrive"),
    11: Symptom("the same after the server was fixed: an experiment keeps its artifact location"),
    12: Symptom("*The filesystem tracking backend ... is in maintenance mode*"),
    13: Symptom("*Detected out-of-date database schema*, even if the database is newer"),
    14: Symptom("*Cannot set a deleted experiment ... as the active experiment*"),
    15: Symptom("*mlflow: command not found*, or the command of another environment"),
    16: Symptom("*'mlflow' is not a package*, *partially initialized module 'mlflow'*"),
    17: Symptom("*Descriptors cannot be created directly* and other errors of `import mlflow`"),
    18: Symptom("*Reading Databricks credential configuration failed*, *cannot configure default credentials*"),
    19: Symptom(
        "`mlflow.login()` replaced a good profile, or hangs",
        "`login databricks` saves only credentials that work",
        MLFLOW,
    ),
    20: Symptom("an experiment's name is rejected on Databricks"),
    21: Symptom("*the response body was not in a valid JSON format ... <!doctype html>*"),
    22: Symptom("*Failed to validate databricks credentials: Not Found*: Community Edition has ended"),
    23: Symptom("401, 403 *Invalid access token*, or 429"),
    24: Symptom("*You are not authenticated*"),
    25: Symptom("*CERTIFICATE_VERIFY_FAILED*, *WRONG_VERSION_NUMBER*"),
    26: Symptom("*Unable to connect to proxy*, pages of a proxy, *Request on loopback*"),
    27: Symptom("*The requested address is not valid in its context*: a client calls 0.0.0.0"),
    28: Symptom("*Invalid url*: the URI contains a space, a newline or quotes"),
    29: Symptom("*error code 404* at */logged-models* or */experiments/list*"),
    30: Symptom("*got unsupported URI*: a plugin, or the scheme, is missing"),
    31: Symptom("*No Experiment with id=...*: the URI was set too late", passage=ORDER),
    32: Symptom("*The provided MLFLOW_EXPERIMENT_ID environment variable value ... does not exist*"),
    33: Symptom("*Run with UUID ... is already active*", passage=ORDER),
    34: Symptom(
        "*table metrics already exists*: several programs created one database at once",
        "`server start` creates it once, under a lock",
    ),
    35: Symptom("a run is in *Default* although another experiment was set", passage=MANY),
    36: Symptom(
        "*QueuePool limit*, *Read timed out*, when many clients log at once",
        "`server start` gives the server a larger pool",
        MANY,
    ),
    37: Symptom("*database is locked* on a shared disk"),
    38: Symptom("a stopped server still answers", "`server stop` ends all processes that it started"),
    39: Symptom("*WORKER TIMEOUT*, *Perhaps out of memory?*", "`server start` needs one process"),
    40: Symptom("a blank page or 404 behind JupyterHub, SageMaker, Codespaces", passage=BROWSER),
    41: Symptom("*No module named 'psycopg2'*, *'pymysql'*, *'boto3'*"),
    42: Symptom("*file://C:/... is not a valid remote uri*", passage=WINDOWS),
    43: Symptom("each call takes two seconds with `localhost`", "quickstart uses 127.0.0.1", WINDOWS),
    44: Symptom("the runs are gone after a restart"),
    45: Symptom("*'MlflowClient' object has no attribute 'list_experiments'*", passage="Code from old tutorials"),
    46: Symptom("404 at `/` although the server runs"),
    47: Symptom("`mlflow doctor` prints versions and connects to nothing", passage=MLFLOW),
}
