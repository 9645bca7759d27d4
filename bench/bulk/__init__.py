"""Millions of cases for measuring: real cases cloned, not invented.

A few thousand cases of the demo city went through the real rules. Each clone is such a case (with whatever it was merged
with) at another time, in another place, in other words, under other numbers: every step, limit and decision as the rules
made them. Moments shift together, so a clone folds to the same case; only the calendar below it is another one.
The ledger is sealed anew, so `verify_ledger` and `rebuild_cases --check` hold on all of it.

    templates.py   the cases to clone, as PostgreSQL's own binary rows, and which belong together
    programs.py    each template once turned into formats with slots, so that a clone costs no JSON
    places.py      points inside the unit grids, with their codes, streets and how far one may step aside
    planning.py    which template, when, where, under which number: arrays, in order of time
    writing.py     processes that fill the slots and COPY
    indexes.py     indexes and constraints away before, and back (and validated) after
"""
