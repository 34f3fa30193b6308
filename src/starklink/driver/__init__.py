"""The driver: the compile pipeline, the Program and Session behind the Python API, and the command."""
