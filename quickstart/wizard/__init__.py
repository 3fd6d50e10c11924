"""The wizard: ask, recommend, plan, log in, execute, verify. flow.py is the road."""
