"""Small real data sets that come with the package, so nothing is downloaded."""

from .handwritten import digits

__all__ = ["digits"]
