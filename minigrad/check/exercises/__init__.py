"""The exercises of the notebooks, a module for each."""
