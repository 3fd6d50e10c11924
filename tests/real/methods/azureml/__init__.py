"""Azure ML, against a protocol stand-in on loopback; the real plugin drives it in the matrix."""
