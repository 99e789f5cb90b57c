"""optuna-dashboard on the same database: note, figures, files."""
