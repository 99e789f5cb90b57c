"""A study.yaml for a data file, every guess with its reason."""
