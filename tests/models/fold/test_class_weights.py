from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight

from dropsearch.models.fold.class_weights import class_weights
from tests.support.examples_of import sequences

NAMES = ("a", "b", "c")


def test_they_are_scikit_learn_s_balanced_ones_of_the_training_part():
    target = np.array([0] * 6 + [1] * 3 + [2] + [2] * 20)
    data = sequences([1] * 30, target, classes=NAMES)
    train = np.arange(10)
    theirs = compute_class_weight("balanced", classes=np.arange(3), y=target[train])
    assert class_weights(data, train) == pytest.approx(theirs)
    assert class_weights(data, train)[target[train]].mean() == pytest.approx(1)


def test_a_class_that_training_has_not_gets_a_finite_weight():
    data = sequences([1] * 6, [0, 0, 0, 2, 1, 1], classes=NAMES)
    weights = class_weights(data, np.arange(4))
    assert weights == pytest.approx([4 / 6, 1, 2])
    loss = torch.nn.functional.cross_entropy(
        torch.zeros(2, 3), torch.tensor([1, 1]), weight=torch.from_numpy(weights).float()
    )
    assert loss.item() == pytest.approx(np.log(3))
