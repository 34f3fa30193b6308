"""ELF files: constants, record layouts, writer, reader, relocatable objects and text dumps."""
