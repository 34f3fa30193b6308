"""Linker scripts: lexer, parser, version scripts, and the engine that places sections and computes addresses."""
