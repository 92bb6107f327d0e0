"""`python -m edi_gateway` is `edi-gateway`."""

from edi_gateway.cli import main

main()
