"""The tree of what a signature covers."""

from lxml import etree

from edi_gateway.errors import Rejection
from edi_gateway.model.transmission import Readable
from edi_gateway.syntax import xml


def tree(content: Readable) -> etree._Element:
    """The content's tree, parsed where nobody has. Raises Rejection("document-malformed")."""
    if content.tree is not None:
        return content.tree
    try:
        return xml.parse(content.content)
    except Rejection as error:
        raise Rejection("document-malformed", error.detail) from error
