"""What the city's own cases tell: likely duplicates of a report, the category that its words suggest."""
