"""A class on one MLflow server: join, report, board and steering beside MLflow's own app, on the same port.

server_app.py loads this package where QUICKSTART_CLASSROOM names the classroom's settings; app.py puts it together.
It runs inside the interpreter that has MLflow: standard library, MLflow and what comes with it, nothing else of ours.
"""
