"""The whole configuration as files, and back: the same city from files alone.

A room says in its `config.py` which tables are configuration (`register(Table(…))`). `written()` gives the files,
`read()` understands them, `plan()` compares them with what is stored, `apply()` makes the store equal to them, all
or nothing. Files are CSV, or GeoJSON where rows have a shape; rows stand in the order of their keys and contain no
numbers that the database made, so that two exports of equal cities are equal byte by byte and a difference reads well.
"""

from xiucheng.kernel.configuration.applying import Applied, apply
from xiucheng.kernel.configuration.planning import FilePlan, plan
from xiucheng.kernel.configuration.reading import Content, Fault, FaultyFiles, read
from xiucheng.kernel.configuration.tables import Table, register, tables
from xiucheng.kernel.configuration.writing import written

__all__ = [
    "Applied",
    "Content",
    "Fault",
    "FaultyFiles",
    "FilePlan",
    "Table",
    "apply",
    "plan",
    "read",
    "register",
    "tables",
    "written",
]
