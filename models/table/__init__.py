"""A data file -> one table in long form: its columns, and the series of its rows."""
