"""Administration without code: the pages under /admin of ground, catalogue, calendar, settings, words and files.

They stand here and in no room, because each shows what a change does to open cases.
"""
