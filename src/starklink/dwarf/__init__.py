"""Debug information: DWARF 4 and 5 sections written as fragments, and read back."""
