"""The bytes of a text file -> UTF-8 without a mark, a line break at every line's end."""

from __future__ import annotations

from pathlib import Path

from dropsearch.models.cells.columns import quote
from dropsearch.models.errors import DataError

SEPARATORS = (",", ";", "\t", "|")
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)


def decoded(path: Path, raw: bytes, said: str | None) -> bytes:
    """The file as UTF-8; said: its encoding where it has no mark.

    Raises DataError where it is something else, or holds zero bytes.
    """
    mark, encoding = next((m for m in _MARKS if raw.startswith(m[0])), (b"", said or "utf-8"))
    raw = raw.removeprefix(mark)
    plain = encoding.lower().replace("_", "-") in ("utf-8", "utf8", "ascii")
    try:
        if not plain:
            raw = raw.decode(encoding).removeprefix("\ufeff").encode()
        elif not raw.isascii():
            raw.decode()
    except UnicodeError as error:
        raise _undecodable(path, raw, encoding, error) from None
    if b"\0" in raw:
        row = 1 + raw.count(b"\n", 0, raw.index(0))
        wide = raw.count(0) > len(raw) / 4
        said = ", or say data.table.encoding: utf-16-le or utf-16-be" if wide else ""
        raise DataError(
            f"{path}, row {row}: it holds zero bytes, so it is no text: save the table as CSV in "
            f"UTF-8, or as Parquet{said}.",
            *({"data.table.encoding": f"utf-16-{end}"} for end in ("le", "be") if wide),
        )
    if b"\r" in raw and b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    return raw if raw.endswith(b"\n") else raw + b"\n"


def _undecodable(path: Path, raw: bytes, encoding: str, error: UnicodeError) -> DataError:
    if not isinstance(error, UnicodeDecodeError) or encoding != "utf-8":
        return DataError(
            f"{path} is no text in {encoding}: save the table as CSV in UTF-8, or as Parquet."
        )
    if b"\0" in raw:
        return DataError(f"{path} is no text: save the table as CSV in UTF-8, or as Parquet.")
    before = raw[raw.rfind(b"\n", 0, error.start) + 1 : error.start]
    header = raw.split(b"\n", 1)[0].decode("latin-1").strip()
    separator = max(SEPARATORS, key=header.count)
    cells = [cell.strip(' "') for cell in header.split(separator)]
    index = before.count(separator.encode())
    column = f"column {quote(cells[index])}, " if index < len(cells) else ""
    row = 1 + raw.count(b"\n", 0, error.start)
    return DataError(
        f"{path}: {column}row {row}: the byte 0x{raw[error.start]:02x} is not UTF-8: save the file "
        "as UTF-8 (an export from Windows: iconv -f WINDOWS-1252 -t UTF-8 OLD.csv > NEW.csv), or "
        f"say data.table.encoding{_west(raw, error.start)}.",
        {"data.table.encoding": "windows-1252"},
    )


def _west(raw: bytes, at: int) -> str:
    """What the cell would read like in an encoding of Windows."""
    start = max(raw.rfind(sign, 0, at) for sign in (b"\n", b",", b";", b"\t")) + 1
    near = raw[start : at + 12].decode("windows-1252", "replace")
    return f": windows-1252 ({quote(near.splitlines()[0].strip())} there)"
