"""The workshop's server: join, report, board and steering beside MLflow's own app, on the same port.

server_app.py loads this package if QUICKSTART_CLASSROOM names a workshop's settings; app.py puts it together.
It runs in the runtime's interpreter: standard library, MLflow and MLflow's dependencies, no other module of ours.
"""
