"""Pages of this room. Public: report, follow, answer. Staff: desk, list, case, intake. They parse, call,
answer.
"""
