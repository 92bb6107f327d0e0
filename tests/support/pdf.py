"""PDFs: made, given embedded files, signed, and changed afterwards, as their senders and others might."""

from collections.abc import Callable
from io import BytesIO

from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import BasePdfFileWriter, PageObject, PdfFileWriter

from edi_gateway.signing import pades
from tests.support.gateway import certificate, private_key


def page(text: str = "A contract.", *, compressed: bool = False) -> bytes:
    """A PDF of one page. With `compressed`, its objects stand in streams."""
    writer = PdfFileWriter(stream_xrefs=compressed)
    content = writer.add_object(generic.StreamObject(stream_data=f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()))
    writer.insert_page(PageObject(content, (0, 0, 595, 842)))
    return written(writer)


def written(writer: BasePdfFileWriter) -> bytes:
    octets = BytesIO()
    writer.write(octets)
    return octets.getvalue()


def appended(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """With a change in an increment."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    change(writer)
    return written(writer)


def with_file(
    pdf: bytes, name: str, content: bytes, *, relationship: str = "/Data", media_type: str = "application/json"
) -> bytes:
    """With an embedded file that is associated with the document."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        stream = embed.EmbeddedFileObject.from_file_data(writer, content, mime_type=media_type)
        file = embed.FileSpec(
            file_spec_string=name,
            file_name=name,
            embedded_data=stream,
            af_relationship=pdf_name(relationship),
        )
        embed.embed_file(writer, file)

    return appended(pdf, change)


def with_packed_file(pdf: bytes, name: str, packed: bytes, filters: int) -> bytes:
    """With an embedded file as it comes out of so many turns of deflating."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        chain = generic.ArrayObject([pdf_name("/FlateDecode")] * filters)
        stream = generic.StreamObject({pdf_name("/Filter"): chain}, encoded_data=packed)
        file = {pdf_name("/F"): pdf_string(name), pdf_name("/UF"): pdf_string(name)}
        streams = generic.DictionaryObject({pdf_name("/F"): writer.add_object(stream)})
        listed = generic.ArrayObject([pdf_string(name), generic.DictionaryObject({**file, pdf_name("/EF"): streams})])
        files = generic.DictionaryObject({pdf_name("/Names"): listed})
        writer.root["/Names"] = generic.DictionaryObject({pdf_name("/EmbeddedFiles"): files})
        writer.update_root()

    return appended(pdf, change)


def with_script(pdf: bytes) -> bytes:
    """With JavaScript that runs when it is opened."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        action = generic.DictionaryObject(
            {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): pdf_string("app.alert(1)")}
        )
        writer.root["/OpenAction"] = action
        writer.update_root()

    return appended(pdf, change)


def with_text(pdf: bytes, text: str) -> bytes:
    """With another content of its page."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        shown = writer.root["/Pages"]["/Kids"][0]
        content = generic.StreamObject(stream_data=f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode())
        shown["/Contents"] = writer.add_object(content)
        writer.mark_update(shown.container_ref)

    return appended(pdf, change)


def signed_by(pdf: bytes, *owners: str) -> bytes:
    """Signed by one after the other."""
    for owner in owners:
        pdf = pades.sign(pdf, private_key(owner), certificate(owner))
    return pdf
