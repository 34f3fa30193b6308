"""The NASM preprocessor: `core.Preprocessor` turns files into the lines the assembler sees."""
