"""Versions of divisions and unit grids: read from a file, checked, compared, approved, and counting from a day on."""
