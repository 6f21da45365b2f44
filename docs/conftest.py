"""Pytest runs the examples of the pages; what makes the site is not run by it."""

collect_ignore_glob = ["*.py", "_extensions/*", "_build/*", "course/*"]
