"""Which epoch of a fit counts for each of its folds."""

from __future__ import annotations

from dropsearch.studies.answer.members import at_chosen
from dropsearch.studies.store.contract import FoldRow


def row(fold: int, metric: float) -> FoldRow:
    return {
        "fold": fold,
        "train_loss": metric + 2,
        "val_loss": metric + 1,
        "metric": metric,
        "updates": 1,
        "seconds": 0.1,
    }


def test_a_fold_alone_counts_at_the_last_epoch_by_its_number() -> None:
    found = at_chosen({9: [row(0, 0.5)]}, "minimize")
    assert (found.scores.tolist(), found.epochs.tolist()) == ([0.5], [9])
    assert (found.val_loss.tolist(), found.train_loss.tolist()) == ([1.5], [2.5])
    found = at_chosen({4: [row(0, 0.1)], 9: [row(0, 0.5)]}, "minimize")
    assert found.epochs.tolist() == [9]


def test_each_fold_counts_where_the_others_are_best() -> None:
    epochs = {0: [row(0, 3.0), row(1, 1.0)], 1: [row(0, 2.0), row(1, 4.0)]}
    found = at_chosen(epochs, "minimize")
    assert found.epochs.tolist() == [0, 1]
    assert found.scores.tolist() == [3.0, 4.0]
