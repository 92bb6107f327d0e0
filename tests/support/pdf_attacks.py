"""What has been done to signed PDFs: published attacks, and tricks of senders on those who signed before."""

import re
from base64 import encodebytes
from collections.abc import Callable
from io import BytesIO

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from edi_gateway.syntax.pdf.places import places
from tests.support.gateway import certificate, private_key
from tests.support.pdf import appended, signed_by, written

_BYTE_RANGE = re.compile(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\] *")

Change = Callable[[IncrementalPdfFileWriter], None]


def dictionary(**members: generic.PdfObject) -> generic.DictionaryObject:
    return generic.DictionaryObject({pdf_name(f"/{name}"): value for name, value in members.items()})


def with_byte_range(pdf: bytes, text: bytes) -> bytes:
    """With another byte range for its last signature, of the same length in the file."""
    found = list(_BYTE_RANGE.finditer(pdf))[-1]
    assert len(text) <= len(found[0])
    return pdf[: found.start()] + text.ljust(len(found[0])) + pdf[found.end() :]


def moved_apart(pdf: bytes, evil: bytes) -> bytes:
    """Signature wrapping: the second part of what is signed is moved back, and something else stands in between."""
    place = places(pdf)[-1]
    rest = place.end - place.stop
    moved = pdf[: place.stop] + evil + pdf[place.stop :]
    return with_byte_range(moved, b"/ByteRange [0 %d %d %d]" % (place.start, place.stop + len(evil), rest))


def with_value(pdf: bytes, value: bytes) -> bytes:
    """With another value for its last signature."""
    place = places(pdf)[-1]
    digits = value.hex().encode()
    space = place.stop - place.start - 2
    assert len(digits) <= space
    return pdf[: place.start + 1] + digits.ljust(space, b"0") + pdf[place.stop - 1 :]


def value(pdf: bytes) -> bytes:
    return places(pdf)[-1].value(pdf)


def with_objects_behind_the_end(pdf: bytes) -> bytes:
    """An incremental saving without cross-reference and trailer, which lenient viewers look for themselves."""
    return pdf + b"\n3 0 obj\n<</Length 30>>stream\nBT 72 720 Td (10,000,000) Tj ET\nendstream\nendobj\n%%EOF\n"


def with_annotation(pdf: bytes) -> bytes:
    """With a note over its page."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        page = writer.root["/Pages"]["/Kids"][0]
        rectangle = generic.ArrayObject(map(generic.NumberObject, (72, 700, 300, 740)))
        note = dictionary(
            Type=pdf_name("/Annot"), Subtype=pdf_name("/FreeText"), Rect=rectangle, Contents=pdf_string("10,000,000")
        )
        page["/Annots"] = generic.ArrayObject([*page.get("/Annots", ()), writer.add_object(note)])
        writer.mark_update(page.container_ref)

    return appended(pdf, change)


def with_form(text: str = "100") -> bytes:
    """A PDF with a text field that somebody may fill in."""
    writer = PdfFileWriter(stream_xrefs=False)
    content = writer.add_object(generic.StreamObject(stream_data=b"BT /F1 12 Tf 72 720 Td (Price:) Tj ET"))
    page = writer.insert_page(PageObject(content, (0, 0, 595, 842)))
    field = dictionary(
        FT=pdf_name("/Tx"),
        T=pdf_string("price"),
        V=pdf_string(text),
        Type=pdf_name("/Annot"),
        Subtype=pdf_name("/Widget"),
        Rect=generic.ArrayObject(map(generic.NumberObject, (72, 600, 300, 620))),
        P=page,
    )
    reference = writer.add_object(field)
    page.get_object()["/Annots"] = generic.ArrayObject([reference])
    writer.root["/AcroForm"] = dictionary(Fields=generic.ArrayObject([reference]))
    return written(writer)


def filled_in(pdf: bytes, text: str) -> bytes:
    """With another value in its text field (the shadow attack that replaces)."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        (field,) = (each for each in _fields(writer) if each["/FT"] == "/Tx")
        field["/V"] = pdf_string(text)
        writer.mark_update(field.container_ref)

    return appended(pdf, change)


def _fields(writer: IncrementalPdfFileWriter) -> list[generic.DictionaryObject]:
    fields = writer.root["/AcroForm"]["/Fields"]
    return [fields[number] for number in range(len(fields))]


def with_two_pages_one_shown() -> bytes:
    """A PDF that has two pages as objects, and shows the first (prepared to hide and replace)."""
    writer = PdfFileWriter(stream_xrefs=False)
    for text in (b"Price: 100", b"Price: 10,000,000"):
        content = writer.add_object(generic.StreamObject(stream_data=b"BT 72 720 Td (%s) Tj ET" % text))
        writer.insert_page(PageObject(content, (0, 0, 595, 842)))
    pages = writer.root["/Pages"]
    writer.root["/Spare"] = list.__getitem__(pages["/Kids"], 1)
    pages["/Kids"] = generic.ArrayObject([list.__getitem__(pages["/Kids"], 0)])
    pages["/Count"] = generic.NumberObject(1)
    return written(writer)


def with_the_other_page(pdf: bytes) -> bytes:
    """Shows the second page in place of the first (the shadow attack that hides and replaces)."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        pages = writer.root["/Pages"]
        pages["/Kids"] = generic.ArrayObject([dict.get(writer.root, pdf_name("/Spare"))])
        writer.mark_update(pages.container_ref)

    return appended(pdf, change)


def with_overlay() -> bytes:
    """A PDF with an image of nothing over its text (prepared to hide)."""
    writer = PdfFileWriter(stream_xrefs=False)
    cover = generic.StreamObject(
        dict_data=dictionary(
            Type=pdf_name("/XObject"),
            Subtype=pdf_name("/Form"),
            BBox=generic.ArrayObject(map(generic.NumberObject, (0, 0, 595, 842))),
        ),
        stream_data=b"1 1 1 rg 72 700 300 40 re f",
    )
    resources = dictionary(XObject=dictionary(Cover=writer.add_object(cover)))
    content = writer.add_object(generic.StreamObject(stream_data=b"BT 72 720 Td (10,000,000) Tj ET /Cover Do"))
    writer.insert_page(PageObject(content, (0, 0, 595, 842), resources))
    return written(writer)


def without_overlay(pdf: bytes) -> bytes:
    """What was under the cover comes to light (the shadow attack that hides)."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        cover = writer.root["/Pages"]["/Kids"][0]["/Resources"]["/XObject"]["/Cover"]
        empty = generic.StreamObject(dict_data=dict(cover), stream_data=b"")
        writer.objects[(cover.container_ref.generation, cover.container_ref.idnum)] = empty

    return appended(pdf, change)


def with_field(pdf: bytes, name: str, box: tuple[int, int, int, int] | None = None) -> bytes:
    """With an empty signature field; visible where it has a box."""
    return appended(pdf, lambda writer: append_signature_field(writer, SigFieldSpec(name, box=box)))


def detached(content: bytes, owner: str) -> bytes:
    """A detached CMS signature in DER."""
    options = (pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoCapabilities, pkcs7.PKCS7Options.DetachedSignature)
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
    signer = x509.load_der_x509_certificate(certificate(owner))
    return builder.add_signer(signer, private_key(owner), hashes.SHA256()).sign(Encoding.DER, options)


def signed_in_no_field(pdf: bytes, owner: str) -> bytes:
    """Signed as the bytes go, with a byte range in a comment that no reader of a PDF looks at."""
    space, comment = 4096, b"\n%%/ByteRange [0 %010d %010d %010d] "
    tail = b"\nstartxref" + pdf.rpartition(b"startxref")[2]
    start = len(pdf) + len(comment % (0, 0, 0))
    stop = start + space + 2
    head = pdf + comment % (start, stop, len(tail))
    return head + b"<" + detached(head + tail, owner).hex().encode().ljust(space, b"0") + b">" + tail


def transplanted(pdf: bytes, owner: str) -> bytes:
    """With the owner's own signature of another PDF in place of its last."""
    return with_value(pdf, value(signed_by(pdf.partition(b"%%EOF")[0] + b"%%EOF\n", owner)).rstrip(b"\0"))


def encrypted(pdf: bytes) -> bytes:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    writer = copy_into_new_writer(PdfFileReader(BytesIO(pdf)))
    writer.encrypt("owner", "")
    return written(writer)


def with_action(pdf: bytes, kind: str) -> bytes:
    """With an action that runs when its page is shown."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        page = writer.root["/Pages"]["/Kids"][0]
        page["/AA"] = dictionary(O=writer.add_object(dictionary(S=pdf_name(kind), F=pdf_string("calc.exe"))))
        writer.mark_update(page.container_ref)

    return appended(pdf, change)


def with_xfa() -> bytes:
    """A PDF with a form of the kind that is a program."""
    writer = PdfFileWriter(stream_xrefs=False)
    content = writer.add_object(generic.StreamObject(stream_data=b""))
    writer.insert_page(PageObject(content, (0, 0, 595, 842)))
    form = writer.add_object(generic.StreamObject(stream_data=b"<xdp/>"))
    writer.root["/AcroForm"] = dictionary(Fields=generic.ArrayObject(), XFA=form)
    return written(writer)


def with_two_names(pdf: bytes, content: bytes) -> bytes:
    """With a file that old readers know by another name."""
    return _with_file(pdf, lambda add: dictionary(F=add(content)), F="other.json", UF="contract.json")


def described_twice(pdf: bytes, content: bytes) -> bytes:
    """With one file that the catalogue describes, and its association describes again: an honest PDF."""
    names = dict.fromkeys(("F", "UF"), "contract.json")
    named = _with_file(pdf, lambda add: dictionary(F=add(content)), **names)

    def change(writer: IncrementalPdfFileWriter) -> None:
        file = writer.root["/Names"]["/EmbeddedFiles"]["/Names"][1]
        again = {**dict(file), pdf_name("/AFRelationship"): pdf_name("/Data")}
        writer.root["/AF"] = generic.ArrayObject([writer.add_object(generic.DictionaryObject(again))])
        writer.update_root()

    return appended(named, change)


def with_two_contents(pdf: bytes, content: bytes) -> bytes:
    """With a file that old readers see with another content."""
    names = dict.fromkeys(("F", "UF"), "contract.json")
    return _with_file(pdf, lambda add: dictionary(F=add(b"{}"), UF=add(content)), **names)


def with_external_bytes(pdf: bytes) -> bytes:
    """With a file whose stream says that its bytes are in another one."""
    names = dict.fromkeys(("F", "UF"), "contract.json")
    return _with_file(pdf, lambda add: dictionary(F=add(b"{}", F=pdf_string("/etc/passwd"))), **names)


def _with_file(pdf: bytes, streams: Callable[[Callable[..., generic.IndirectObject]], object], **names: str) -> bytes:
    def change(writer: IncrementalPdfFileWriter) -> None:
        def add(content: bytes, **members: generic.PdfObject) -> generic.IndirectObject:
            return writer.add_object(generic.StreamObject(dict_data=dictionary(**members), stream_data=content))

        texts = {name: pdf_string(text) for name, text in names.items()}
        file = dictionary(Type=pdf_name("/Filespec"), EF=streams(add), **texts)  # type: ignore[arg-type] # a dictionary
        listed = generic.ArrayObject([pdf_string("contract.json"), writer.add_object(file)])
        writer.root["/Names"] = dictionary(EmbeddedFiles=dictionary(Names=listed))
        writer.update_root()

    return appended(pdf, change)


def with_hybrid_references(pdf: bytes) -> bytes:
    """With a cross-reference stream for newer readers beside the table for older ones (ISO 32000-2 §7.5.8.4)."""
    at = len(pdf)
    stream = b"<</Type/XRef/Size 1/W[1 2 1]/Index[0 1]/Length 4>>stream\n\0\0\0\0\nendstream\nendobj\n"
    number = 900
    trailer = re.findall(rb"trailer\s*<<(.*?)>>\s*startxref\s*(\d+)", pdf, re.DOTALL)[-1]
    members = re.sub(rb"/(Prev|Size) \d+", b"", trailer[0])
    first = b"%d 0 obj\n%s" % (number, stream)
    table = b"xref\n%d 1\n%010d 00000 n \n" % (number, at)
    about = b"<<%s /Size %d /Prev %s /XRefStm %d>>" % (members, number + 1, trailer[1], at)
    end = b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (about, at + len(first))
    return pdf + first + table + end


def in_quoted_printable(pdf: bytes) -> tuple[bytes, str]:
    """The body and content type of an S/MIME message in which nothing looks like a PDF: every octet is quoted."""
    octets = [b"=%02X" % octet for octet in pdf]
    lines = [b"".join(octets[at : at + 24]) for at in range(0, len(octets), 24)]
    head = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    part = head + b"=\r\n".join(lines)
    seal = b"Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    seal += encodebytes(detached(part, "acme")).strip().replace(b"\n", b"\r\n")
    body = b"--b\r\n%s\r\n--b\r\n%s\r\n--b--\r\n" % (part, seal)
    return body, 'multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="b"'
