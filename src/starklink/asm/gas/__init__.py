"""Sources in the language of GNU as, as compilers print them: Intel (`.intel_syntax noprefix`) and AT&T syntax, ELF64 output."""
