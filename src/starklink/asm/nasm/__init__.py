"""The NASM front end: assembles NASM 2.16 sources to the same bytes.

    from starklink.asm.nasm import assemble, assemble_text
    done = assemble_text("mov eax, 60\\nsyscall\\n", "elf64")      # done.data is the object file, None after errors
    done = assemble("boot.asm", "bin", paths=("include/",))        # done.messages tells what was wrong, with places
"""

from .api import Result, assemble, assemble_text

__all__ = ["Result", "assemble", "assemble_text"]
