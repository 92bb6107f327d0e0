"""The process in which Saxon runs a compiled Schematron: `python -m edi_gateway.transports.saxon_engine STYLESHEET`.

A question is a document, the answer its SVRL. Its only caller is `saxon.OfficialRules`, which gives it nothing but
trees that the strict reader has made.
"""

import sys
from collections.abc import Callable

from edi_gateway.engine.answering import CannotSay, serve


def _prepare() -> Callable[[bytes], bytes]:
    # Here, not above: the package is an extra, and reserves its memory when it is imported.
    from saxonche import PySaxonApiError, PySaxonProcessor

    processor = PySaxonProcessor(license=False)
    compiled = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=sys.argv[1])

    def judge(document: bytes) -> bytes:
        try:
            node = processor.parse_xml(xml_text=document.decode())
            return str(compiled.transform_to_string(xdm_node=node)).encode()
        except PySaxonApiError as error:
            raise CannotSay(str(error)) from error

    return judge


if __name__ == "__main__":
    serve(_prepare)
