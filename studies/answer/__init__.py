"""What the fits allow to say: paired intervals and verdicts."""
