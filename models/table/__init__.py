"""A data file -> one reading of each column."""
