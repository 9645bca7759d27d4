"""What both directions know."""

BOM = "\ufeff"  # without it Excel reads a CSV in the encoding of the system
EXACT = 10**15  # a spreadsheet keeps 15 digits of a number
