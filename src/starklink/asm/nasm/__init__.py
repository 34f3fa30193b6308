"""The NASM front end: assembles NASM 2.16 sources to the same bytes."""
