"""Spreadsheets: tables written as CSV or XLSX whatever their length, and tables that people send us.

What is written is never executed: a text that a spreadsheet would take for a formula stays a text.
XlsxWriter writes (its constant-memory mode holds one row, and it is about twice as fast as openpyxl's
write-only mode); calamine, in Rust, reads XLSX and XLS.
"""

from xiucheng.kernel.sheets.read import RowError, Table, read_table
from xiucheng.kernel.sheets.write import Cell, Target, XlsxSheets, harmless, moment, write_csv, write_xlsx

__all__ = [
    "Cell",
    "RowError",
    "Table",
    "Target",
    "XlsxSheets",
    "harmless",
    "moment",
    "read_table",
    "write_csv",
    "write_xlsx",
]
