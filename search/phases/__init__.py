"""search -> finalists -> curve -> holdout: which fits each asks for."""
