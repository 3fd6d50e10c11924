"""HTTP and TCP: the only places that open a connection to another machine."""
