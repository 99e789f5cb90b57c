"""Labels that are one number in several spellings, and numbers that are no labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dropsearch.models.errors import DataError
from tests.support.sequences import labelled, notes, read

CLASSIFY: dict[str, Any] = {"task": "classify", "target": "y", "series": "s"}


def test_one_number_in_several_spellings_is_one_class(tmp_path: Path) -> None:
    data = read(tmp_path, labelled(y=["2", "1", "1.0", "02", "01"] * 4), **CLASSIFY)
    assert data.classes == ("1", "2")
    assert data.target.tolist() == [1, 0, 0, 1, 0] * 4
    assert notes(
        data,
        "Column 'y' spells one number as '1' and as '1.0' (so do 2 more): they are one class, '1'.",
    )


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["01", "1", "x", "2"], ("01", "1", "2", "x")),  # words
        ([str(2**60), str(2**60 + 1)], (str(2**60), str(2**60 + 1))),  # one to float64
        (["1", "NA"], ("1", "NA")),
    ],
)
def test_what_is_no_second_spelling_stays_a_class(
    tmp_path: Path, labels: list[str], classes: tuple[str, ...]
) -> None:
    data = read(tmp_path, labelled(y=labels * (20 // len(labels))), **CLASSIFY)
    assert sorted(data.classes) == sorted(classes)
    assert not notes(data, "spells one number")


def test_numbers_with_decimals_are_offered_to_regress(tmp_path: Path) -> None:
    frame = labelled(40, y=[round(i * 0.377, 3) for i in range(40)])
    with pytest.raises(
        DataError, match=r"40 different numbers with decimals over 40 examples"
    ) as e:
        read(tmp_path, frame, **CLASSIFY)
    assert str(e.value).endswith("which are no classes: set data.task to regress.")
    few = labelled(40, y=[i % 4 / 2 for i in range(40)])
    assert read(tmp_path, few, **CLASSIFY).classes == ("0.0", "0.5", "1.0", "1.5")
