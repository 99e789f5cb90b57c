"""What the fits of a study say: read from the store, compared, and put into verdicts."""
