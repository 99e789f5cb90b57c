"""The answer for people: sentences, cautions, table, config."""
