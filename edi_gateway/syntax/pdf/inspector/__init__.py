"""The process in which pyHanko looks at PDFs: `python -m edi_gateway.syntax.pdf.inspector`.

A question is a PDF, the answer what `inspection` makes an Inspection of, in JSON. Here nothing is decided. The process
can open no file and no connection once it is ready, and has so much memory, and processor time for each document.
"""
