"""Who does which fit, and how far a study is."""
