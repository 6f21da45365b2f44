"""Formulas as MathML, which browsers show without a script and without a network."""

import re

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging

# What docutils does not know, with what it does.
KNOWN = {"dots": r"\ldots", "big": r"\bigl", "Big": r"\Bigl"}
NOT_KNOWN = re.compile(rf"\\({'|'.join(KNOWN)})(?![a-zA-Z])")

logger = logging.getLogger(__name__)


def setup(app):
    """Offer the renderer `mathml`."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def inline(translator, node):
    """A formula in a line of text."""
    _write(translator, node, as_block=False)


def block(translator, node):
    """A formula on a line of its own."""
    _write(translator, node, as_block=True)


def _write(translator, node, as_block):
    formula = NOT_KNOWN.sub(lambda match: KNOWN[match[1]], node.astext())
    try:
        translator.body.append(tex2mathml(formula, as_block=as_block))
    except MathError as error:
        logger.warning("%s: %s", error, formula, location=node)
    raise nodes.SkipNode
