"""The folds: drawn, held out, purged; the data and baselines for them."""
