"""What doesn't look in a PDF like what it is."""

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from tests.support.pdf import appended
from tests.support.pdf_attacks import dictionary


def with_disguised_action(pdf: bytes, *, by_reference: bool) -> bytes:
    """An action whose kind is elsewhere, or that looks like an element of the document's structure."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        kind = pdf_name("/Launch")
        action = dictionary(S=writer.add_object(kind) if by_reference else kind, K=generic.NumberObject(0))
        writer.root["/OpenAction"] = action
        writer.update_root()

    return appended(pdf, change)


def without_fields(pdf: bytes, text: str) -> bytes:
    """All signature fields gone, and another text: what was signed before is in the file, and nobody sees it."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        writer.root["/AcroForm"] = dictionary(Fields=generic.ArrayObject())
        writer.update_root()
        shown = writer.root["/Pages"]["/Kids"][0].get_object()
        shown.pop("/Annots", None)
        content = generic.StreamObject(stream_data=f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode())
        shown["/Contents"] = writer.add_object(content)
        writer.mark_update(shown.container_ref)

    return appended(pdf, change)


def listed_under(pdf: bytes, key: str, name: str, content: bytes) -> bytes:
    """One more embedded file, which the catalogue lists under another name than its own."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        octets = writer.add_object(generic.StreamObject(stream_data=content))
        streams = dictionary(F=octets, UF=octets)
        file = writer.add_object(
            dictionary(Type=pdf_name("/Filespec"), F=pdf_string(name), UF=pdf_string(name), EF=streams)
        )
        listed = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
        listed += [pdf_string(key), file]
        writer.update_container(listed)

    return appended(pdf, change)
