"""Building IR by hand or by program; see function_builder for the fast layer."""

from __future__ import annotations

from .function_builder import BuildError, FunctionBuilder

__all__ = ["BuildError", "FunctionBuilder"]
