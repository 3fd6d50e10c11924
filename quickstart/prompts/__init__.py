"""Asking: what is asked, and by which hand: a terminal's prompts, plain text, or what was given beforehand."""
