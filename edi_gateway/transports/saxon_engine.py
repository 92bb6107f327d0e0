"""The process in which Saxon runs a compiled Schematron: `python -m edi_gateway.transports.saxon_engine STYLESHEET`.

Reads documents from stdin, each after a line with the number of its octets, and answers each on stdout in the same way:
a line with `+` (the SVRL follows) or `-` (why there is none follows) and the number of octets. Ends with its input.
Its only caller is `saxon.OfficialRules`, which gives it nothing but trees that the strict reader has made.
"""

import os
import sys
from typing import BinaryIO


def main(stylesheet: str) -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever the library prints is no answer
    # Here, not above: the package is an extra, and reserves its memory when it is imported.
    from saxonche import PySaxonApiError, PySaxonProcessor

    with PySaxonProcessor(license=False) as processor:
        compiled = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=stylesheet)
        _answer(answers, "+", "")
        while line := sys.stdin.buffer.readline():
            document = sys.stdin.buffer.read(int(line)).decode()
            try:
                node = processor.parse_xml(xml_text=document)
                _answer(answers, "+", compiled.transform_to_string(xdm_node=node))
            except PySaxonApiError as error:
                _answer(answers, "-", str(error))


def _answer(stream: BinaryIO, sign: str, text: str) -> None:
    octets = text.encode()
    stream.write(f"{sign}{len(octets)}\n".encode() + octets)
    stream.flush()


if __name__ == "__main__":
    main(sys.argv[1])
