"""Values of study.yaml that can be searched: a scalar is fixed, a list is a choice, a range.

What the search asks of any of them: how many values, which, and whether one lies among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import takewhile
from typing import Annotated, Any, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from pydantic.fields import FieldInfo

LARGEST = 2**31 - 1
MOST_STEPS = 1_000_000

Count = Annotated[int, Field(strict=True, ge=1, le=LARGEST)]
Integer = Annotated[int, Field(strict=True, ge=-LARGEST, le=LARGEST)]
Whole = Annotated[int, Field(strict=True, ge=0, le=LARGEST)]
Rate = Annotated[float, Field(strict=True, ge=0, lt=1, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
Amount = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Text = Annotated[str, Field(strict=True, min_length=1)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class Section(BaseModel):
    """A part of study.yaml: cannot be changed, and takes no unknown key."""

    model_config = ConfigDict(frozen=True, extra="forbid", serialize_by_alias=True)

    unsaid: ClassVar[frozenset[str]] = frozenset()  # keys that are not written where empty

    @model_serializer(mode="wrap")
    def _without_unsaid(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written = handler(self).items()
        return {key: value for key, value in written if value or key not in self.unsaid}

    @classmethod
    def known_keys(cls) -> dict[str, FieldInfo]:
        """Its fields by their names in study.yaml, of which Python keeps some for itself."""
        return {info.alias or name: info for name, info in cls.model_fields.items()}


class Range(Section):
    """`{low, high[, step][, log]}`, both ends included."""

    unsaid: ClassVar[frozenset[str]] = frozenset({"step", "log"})

    low: float = Field(description="Smallest value.")
    high: float = Field(description="Largest value.")
    step: float | None = Field(default=None, description="Distance of values; null: no steps.")
    log: bool = Field(default=False, strict=True, description="Draw evenly over the logarithm.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Range:
        faults = []
        if self.low > self.high:
            faults.append(f"low {self.low} is above high {self.high}: exchange them")
        if self.log and self.low <= 0:
            faults.append(f"log: true needs low above 0, not {self.low}: raise low or drop log")
        if self.log and self.step is not None:
            faults.append(f"log: true and step: {self.step} exclude each other: drop one of them")
        if not faults and self.step is not None:
            if _steps(self) > MOST_STEPS:
                faults.append(f"step {self.step} makes more than {MOST_STEPS} values: enlarge it")
            elif (last := _at(self, _steps(self))) != self.high:
                faults.append(
                    f"steps of {self.step} from low {self.low} do not meet high {self.high}: "
                    f"write high: {last} or another step"
                )
        if faults:
            raise ValueError("; ".join(faults))
        return self


class CountRange(Range):
    """A range of whole numbers from 1 on."""

    low: Count = Field(description="Smallest value.")
    high: Count = Field(description="Largest value.")
    step: Count | None = Field(default=None, description="Distance of values; null: no steps.")


class IntegerRange(CountRange):
    """A range of whole numbers, also from 0 on or below."""

    low: Integer = Field(description="Smallest value.")
    high: Integer = Field(description="Largest value.")


class NumberRange(Range):
    """A range of any numbers."""

    low: Number = Field(description="Smallest value.")
    high: Number = Field(description="Largest value.")
    step: Positive | None = Field(default=None, description="Distance of values; null: no steps.")


class RateRange(Range):
    """A range of rates."""

    low: Rate = Field(description="Smallest value.")
    high: Rate = Field(description="Largest value.")
    step: Positive | None = Field(default=None, description="Distance of values; null: no steps.")


class PositiveRange(Range):
    """A range of numbers above 0."""

    low: Positive = Field(description="Smallest value.")
    high: Positive = Field(description="Largest value.")
    step: Positive | None = Field(default=None, description="Distance of values; null: no steps.")


class AmountRange(Range):
    """A range of numbers from 0 on."""

    low: Amount = Field(description="Smallest value.")
    high: Amount = Field(description="Largest value.")
    step: Positive | None = Field(default=None, description="Distance of values; null: no steps.")


Spec = int | float | str | tuple[Any, ...] | Range


def number_of(spec: Spec) -> int | None:
    """How many values; None for a continuous range."""
    if isinstance(spec, tuple):
        return len(spec)
    if not isinstance(spec, Range):
        return 1
    if spec.low == spec.high:
        return 1
    if isinstance(spec, CountRange) and spec.step is None:
        return spec.high - spec.low + 1
    return None if spec.step is None else _steps(spec) + 1


def values_of(spec: Spec) -> Iterator[Any]:
    """All values in order, one at a time. `number_of` must not be None."""
    if isinstance(spec, tuple):
        yield from spec
    else:
        yield from (value_at(spec, k) for k in range(number_of(spec) or 0))


def value_at(spec: Spec, k: int) -> Any:
    """The k-th value, counted from 0. `number_of` must not be None."""
    if isinstance(spec, tuple):
        return spec[k]
    return _at(spec, k) if isinstance(spec, Range) else spec


def parted(spec: Spec, passes: Callable[[Any], bool]) -> tuple[Spec | None, Spec | None]:
    """The values that do not pass, and those that do; None for none.

    Of a range those that do not must be its smallest, and few.
    """
    if isinstance(spec, Range):
        count = number_of(spec) or 0
        few = tuple(takewhile(lambda value: not passes(value), values_of(spec)))
        if not few:
            return None, spec
        rest = len(few) < count
        return few, spec.model_copy(update={"low": _at(spec, len(few))}) if rest else None
    every = tuple(values_of(spec))
    return (
        tuple(value for value in every if not passes(value)) or None,
        tuple(value for value in every if passes(value)) or None,
    )


def among(spec: Spec, value: Any) -> bool:
    """Whether `value` is one of the values (to 1e-8 of a step, as Optuna has it)."""
    if isinstance(value, bool):
        return any(value is one for one in (spec if isinstance(spec, tuple) else (spec,)))
    if isinstance(spec, tuple):
        return value in spec
    if not isinstance(spec, Range):
        return bool(value == spec)
    slack = 1e-8 * (spec.step or 0)
    if not isinstance(value, int | float) or not spec.low - slack <= value <= spec.high + slack:
        return False
    if isinstance(spec, CountRange) and value != int(value):
        return False
    if spec.step is None:
        return True
    step = (value - spec.low) / spec.step
    return abs(step - round(step)) < 1e-8


def snapped(spec: Spec, value: Any) -> Any:
    """`value` as the space has it: a count whole, a step without its rounding errors.

    A value that is not among them comes back as it stands.
    """
    if not among(spec, value):
        return value
    if isinstance(spec, tuple):
        return spec[spec.index(value)]
    if not isinstance(spec, Range):
        return spec
    if spec.step is not None:
        return _at(spec, round((value - spec.low) / spec.step))
    return int(value) if isinstance(spec, CountRange) else value


def ends(spec: Spec) -> tuple[Any, Any]:
    """The smallest and the largest value."""
    if isinstance(spec, Range):
        return spec.low, spec.high
    return (min(spec), max(spec)) if isinstance(spec, tuple) else (spec, spec)


def _steps(spec: Range) -> int:
    return int((_exact(spec.high) - _exact(spec.low)) / _exact(spec.step or 1))


def _at(spec: Range, k: int) -> int | float:
    """The k-th value, exact in decimals: 0.3, not 0.30000000000000004."""
    if isinstance(spec, CountRange):
        return spec.low + k * (spec.step or 1)
    return float(_exact(spec.low) + k * _exact(spec.step or 1))


def _exact(number: float) -> Fraction:
    """The decimal number that was written."""
    return Fraction(str(number))
