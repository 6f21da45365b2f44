"""The course in `tutorials/`: from one source to what students and teachers open.

Each notebook is written once, as text (jupytext's percent format), with its
solutions marked. `python -m minigrad.course build` makes two notebooks of it.
"""
