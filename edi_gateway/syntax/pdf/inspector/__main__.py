from edi_gateway.engine.answering import serve
from edi_gateway.engine.starting import for_good

with for_good():
    from edi_gateway.syntax.pdf.inspector.process import prepare

if __name__ == "__main__":
    serve(prepare)
