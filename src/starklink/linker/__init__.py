"""The linker: object modules in, an addressed image out.

`link.link` is the way in; the other files are its phases in this order: inputs, symbols, layout, relocate, image.
"""
