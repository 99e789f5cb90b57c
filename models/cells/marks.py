"""Numbers with more than digits and a point: decimal commas, marks between thousands, units.

What could be read in two ways is a fault that names the key of study.yaml that decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dropsearch.models.cells.columns import MISSING_WORDS, Fault, Reading, first_of, quote
from dropsearch.models.cells.form import Form
from dropsearch.models.errors import Way

_PLAIN = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_WHOLE = r"^[+-]?[0-9]+([eE][+-]?[0-9]+)?$"
_COMMA = r"^[+-]?[0-9]*,[0-9]+([eE][+-]?[0-9]+)?$"
_COMMA_THOUSAND = r"^[+-]?[1-9][0-9]{0,2},[0-9]{3}$"
DOT_THOUSAND = r"^[+-]?[1-9][0-9]{0,2}(\.[0-9]{3})+$"
_THOUSANDS = r"^[+-]?[0-9]{1,3}([ ,.'’_\u00a0\u202f][0-9]{3})+([.,][0-9]+)?$"
_EITHER = r"^[+-]?[0-9]+([.,][0-9]+)?$"
_LIKE = {"'": "'’", " ": " \u00a0\u202f"}  # signs of one meaning
_SCALES = {"K": 1e3, "k": 1e3, "M": 1e6, "Mio": 1e6, "B": 1e9, "bn": 1e9, "Mrd": 1e9, "T": 1e12}
_ENGLISH = ("$", "US$", "£")  # money in countries with a decimal point, and of two decimals
_MONEY = (*_ENGLISH, "€", "¥", "₹", "USD", "EUR", "GBP", "CHF")
_FIRST = 100  # numbers that tell most columns apart
_MANY = 50  # cells that show most columns to be no numbers
_UNITS = (
    *("%", "‰", "°", "°C", "°F", "℃", "ppm", "ppb", "kg", "g", "mg", "µg", "t", "km", "m", "cm"),
    *("mm", "µm", "mi", "ft", "in", "h", "min", "s", "ms", "W", "kW", "MW", "GW", "Wh", "kWh"),
    *("MWh", "GWh", "V", "mV", "A", "mA", "Hz", "kHz", "MHz", "Pa", "hPa", "kPa", "mbar", "bar"),
    *("l", "L", "ml", "mL", "km/h", "m/s", "mph", "rpm", "bpm", "dB", "lux", "mmHg", "µg/m³"),
    *("mg/l", "mg/L", "mg/dL", "MB", "GB", "KB", "m³", "m²", "km²"),
)
_SPELLED = {  # units as they are called otherwise
    **dict.fromkeys(("℃", "deg c", "degc", "deg. c", "celsius", "degrees celsius"), "°C"),
    **dict.fromkeys(("℉", "deg f", "degf", "deg. f", "fahrenheit", "degrees fahrenheit"), "°F"),
    **dict.fromkeys(("k", "kelvin", "deg k"), "K"),
    **dict.fromkeys(("percent", "pct", "per cent"), "%"),
    **{"kph": "km/h", "kmh": "km/h", "mbar": "hPa", "l": "l", "ml": "ml", "mg/l": "mg/l"},
}
_WITH_UNIT = (
    rf"^([+-]?)({'|'.join(sign.replace('$', r'[$]') for sign in _MONEY)})?[ \u00a0]?"
    r"([+-]?[.]?[0-9](?:[0-9.,'’_ \u00a0\u202f]*[0-9])?(?:[eE][+-]?[0-9]+)?)([ \u00a0]?)"
    r"([^\s0-9.,'’_+-][^\s0-9]*)?$"
)


@dataclass(frozen=True, eq=False)
class _Numbers:
    """What cells came to."""

    values: NDArray[np.float64] | None = None
    fault: Fault | None = None
    comma: bool = False


def with_marks(reading: Reading, form: Form) -> Reading:
    """A column of text read with the marks and units that its numbers have."""
    if reading.kind == "numbers":
        return _with_points(reading, form)
    if reading.kind != "words":
        return reading
    stripped = reading.text.str.strip_chars()
    cells = stripped.set(stripped.str.to_lowercase().is_in(MISSING_WORDS).fill_null(False), None)
    known = cells.drop_nulls()
    if not _may_be_numbers(known[:_MANY], form):
        return reading
    found, unit = _marked(cells, known, form), ""
    if found is None:
        found, unit = _with_unit(cells, known, form)
    if found is None:
        return reading
    if found.fault is not None:
        return replace(reading, fault=found.fault)
    return Reading("numbers", reading.text, found.values, comma=found.comma, unit=unit)


def unit_of(text: str) -> str:
    """The unit that a cell says, (deg C) as °C; "" where it says none."""
    bare = text.strip().strip("[]()").strip()
    return _SPELLED.get(bare.casefold(), bare if bare in (*_UNITS, *_MONEY) else "")


def _may_be_numbers(cells: pl.Series, form: Form) -> bool:
    """Whether these, the first of a column, may be numbers with marks or a unit."""
    if form.thousands is not None:
        return bool(cells.str.contains("[0-9]").all())
    commas = cells.str.contains(_COMMA) | cells.str.contains(_WHOLE)
    return bool(commas.all() or _all_numbers(cells) or cells.str.contains(_WITH_UNIT).all())


def _marked(cells: pl.Series, known: pl.Series, form: Form) -> _Numbers | None:
    """Where every known cell is a number with commas, blanks or apostrophes in it."""
    said = _by_thousands(cells, known, form)
    if said is not None:
        return said
    comma = known.str.contains(",", literal=True)
    if comma.any() and form.decimal == "." and _all_numbers(known):
        first = first_of(cells.str.contains(",", literal=True))
        text = f"{quote(cells[first])} has a comma, where data.table.decimal is a point"
        return _Numbers(fault=Fault(first, text, marks=True))
    if comma.any() and (known.str.contains(_COMMA) | known.str.contains(_WHOLE)).all():
        if form.decimal != "," and known.filter(comma).str.contains(_COMMA_THOUSAND).all():
            return _Numbers(fault=_comma_or_thousands(cells))
        return _Numbers(_floats(cells.str.replace(",", ".", literal=True)), comma=True)
    if not _all_numbers(known):
        return None
    marked, plain = known.str.contains(_THOUSANDS), known.str.contains(_PLAIN)
    if (marked & ~plain).any():
        first = first_of(cells.str.contains(_THOUSANDS) & ~cells.str.contains(_PLAIN))
        mark = str(cells[first]).lstrip("+-0123456789")[0]
        mark = next((sign for sign, like in _LIKE.items() if mark in like), mark)
        mend = f"write numbers without it, or say data.table.thousands: {quote(mark)}"
        text = f"{quote(cells[first])} has a thousands mark: {mend}"
        ways: tuple[Way, ...] = ({"data.table.thousands": mark},)
    elif comma.any():
        first = first_of(cells.str.contains(",", literal=True))
        ways = tuple(
            {"data.table.thousands": mark}
            for mark in (",", ".")
            if _by_thousands(cells, known, replace(form, thousands=mark)) is not None
        )
        text = f"{quote(cells[first])} has a decimal comma where other rows have a point: use one"
        if ways:
            text += ", or say data.table.thousands, where one of them is a mark between thousands"
    else:
        return _Numbers(_floats(cells))
    return _Numbers(fault=Fault(first, text, marks=True, ways=ways))


def _all_numbers(known: pl.Series) -> bool:
    shapes = (_THOUSANDS, _EITHER, _PLAIN)
    return bool(known.str.contains("|".join(f"({shape})" for shape in shapes)).all())


def _comma_or_thousands(cells: pl.Series) -> Fault:
    first = first_of(cells.str.contains(",", literal=True))
    whole, part = str(cells[first]).split(",")
    return Fault(
        first,
        f"{quote(cells[first])} may have a thousands mark or a decimal comma: write thousands "
        "without a mark and decimals with a point, or say data.table.thousands: ',' "
        f"({whole}{part}) or data.table.decimal: ',' ({whole}.{part})",
        marks=True,
        ways=tuple({f"data.table.{key}": ","} for key in ("thousands", "decimal")),
    )


def _by_thousands(cells: pl.Series, known: pl.Series, form: Form) -> _Numbers | None:
    """Where the sign between thousands was said, and stands in the column so."""
    if form.thousands is None:
        return None
    signs = _LIKE.get(form.thousands, form.thousands)
    decimal = form.decimal or ("," if form.thousands == "." else ".")
    part = rf"([{decimal}][0-9]+)?$"
    parted = known.str.contains(rf"^[+-]?[0-9]{{1,3}}([{signs}][0-9]{{3}})+{part}")
    whole = known.str.contains(rf"^[+-]?[0-9]+{part}")
    if not parted.any() or not (parted | whole).all():
        return None
    bare = cells.str.replace_all(rf"[{signs}]", "").str.replace(decimal, ".", literal=True)
    comma = decimal == "," and bool(known.str.contains(",", literal=True).any())
    return _Numbers(_floats(bare), comma=comma)


def _with_unit(cells: pl.Series, known: pl.Series, form: Form) -> tuple[_Numbers | None, str]:
    """Where every known cell is a number with one unit, or with letters for thousands and more."""
    if not known[:_MANY].str.contains(_WITH_UNIT).all():
        return None, ""
    parts = cells.str.extract_groups(_WITH_UNIT).struct.unnest()
    sign, before, number, blank, after = (parts.to_series(i) for i in range(5))
    if number.count() < len(known):
        return None, ""
    held = number.is_not_null()
    units, letters = (one.filter(held).fill_null("").unique().to_list() for one in (before, after))
    scaled = set(letters) <= {"", *_SCALES} and letters != [""] and not (blank != "").any()
    alike = len(letters) == 1 and letters[0] in ("", *_UNITS, *_MONEY)
    if len(units) > 1 or not (scaled or alike) or units == letters == [""]:
        return None, ""
    core = sign.fill_null("") + number
    if units[0] in _ENGLISH and form.thousands is None and form.decimal is None:
        form = replace(form, thousands=",")
    bare = core.drop_nulls()
    found = (
        _Numbers(_floats(core))
        if bare.str.contains(_PLAIN).all() and form.thousands != "."
        else _marked(core, bare, form)
    )
    if found is None:
        return None, ""
    shown = [*filter(None, [*units, *letters])]
    if scaled and found.values is not None:
        scales = after.fill_null("").replace_strict({"": 1.0, **_SCALES}, return_dtype=pl.Float64)
        found = replace(found, values=found.values * scales.to_numpy())
        shown = [f"{one} = {_SCALES[one]:,.0f}" if one in _SCALES else one for one in shown]
    return found, ", ".join(sorted(shown))


def _with_points(reading: Reading, form: Form) -> Reading:
    """Points in whole numbers may stand between thousands, as may those of a file with decimal
    commas."""
    if reading.comma or reading.values is None or form.decimal == ".":
        return reading
    german = form.decimal == ","
    known = reading.values[~np.isnan(reading.values)]
    if form.thousands != "." and not german and not _may_be_thousands(known):
        return reading
    cells = reading.text.str.strip_chars()
    pointed = cells.str.contains(".", literal=True).fill_null(False)
    shaped = cells.filter(pointed).str.contains(DOT_THOUSAND)
    if not len(shaped) or not shaped.all():
        return reading
    if form.thousands == ".":
        return replace(reading, numbers=_floats(cells.str.replace_all(".", "", literal=True)))
    if not german and pointed.sum() == cells.count():
        return reading
    first = first_of(pointed)
    cell = str(cells[first])
    also = ", as the file has decimal commas" if german else ""
    text = (
        f"{quote(cell)} may have a thousands mark{also}: write thousands without a mark, or say "
        f"data.table.thousands: '.' ({cell.replace('.', '')}) or data.table.decimal: '.' "
        f"({float(cell):g})"
    )
    ways = tuple({f"data.table.{key}": "."} for key in ("thousands", "decimal"))
    fault = Fault(first, text, marks=True, ways=ways)
    return replace(reading, kind="words", numbers=None, fault=fault)


def _may_be_thousands(values: NDArray[np.float64]) -> bool:
    """Whether all have three decimals at most, and none is so large that it would have a mark."""
    return _have_thousandths(values[:_FIRST]) and _have_thousandths(values)


def _have_thousandths(values: NDArray[np.float64]) -> bool:
    if not len(values) or not np.abs(values).max() < 1000:
        return False
    milli = values * 1000
    return bool(np.allclose(milli, milli.round(), rtol=0, atol=1e-6))


def _floats(cells: pl.Series) -> NDArray[np.float64]:
    """As numbers, NaN where there is none."""
    return cells.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy()
