"""Tables for the README and the command line, generated from what the code declares."""
