"""The answer for people and programs: what is recommended, its table, the config."""
