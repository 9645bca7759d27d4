"""Spreadsheets: tables written as CSV or XLSX whatever their length, and tables that people send us.

What is written is never executed: a text that a spreadsheet would take for a formula stays a text.
XlsxWriter writes (its constant-memory mode holds one row, and it is about twice as fast as openpyxl's
write-only mode); calamine, in Rust, reads XLSX and XLS.
"""

from xiucheng.kernel.sheets.read import RowError, Table, check_table, read_table
from xiucheng.kernel.sheets.signs import BOM
from xiucheng.kernel.sheets.write import (
    Cell,
    Target,
    XlsxSheets,
    guarded,
    harmless,
    moment,
    unharmed,
    write_csv,
    write_xlsx,
)

__all__ = [
    "BOM",
    "Cell",
    "RowError",
    "Table",
    "Target",
    "XlsxSheets",
    "check_table",
    "guarded",
    "harmless",
    "moment",
    "read_table",
    "unharmed",
    "write_csv",
    "write_xlsx",
]
