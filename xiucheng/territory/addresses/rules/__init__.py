"""How places are called, read and ranked. Pure: no Django, no clock."""
