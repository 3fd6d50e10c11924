"""A class: the instructor's and the participants' side. Both are clients of the server in runtime/scripts/classroom."""
