"""A model folder; new files read as before; predictions."""
