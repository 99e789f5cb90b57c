"""The bytes of a data file -> its cells, and one reading of each column."""
