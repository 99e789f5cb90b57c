"""A table that is wide -> the same in long form: one step of one series in each row."""
