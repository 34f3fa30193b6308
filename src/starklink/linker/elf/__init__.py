"""Links real object files: relocatable ELF, archives, shared objects and scripts into programs, libraries and images.

`link.py` is the table of contents. Tables (`tables.py`) are columns; a symbol, an input section and a file are numbers.
"""
