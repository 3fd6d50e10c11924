"""Workshops: the server with the board (classroom), and its clients, the instructor and the participants."""
