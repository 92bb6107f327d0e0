"""Whether the database can be worked with."""

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, TimeoutError

from edi_gateway.errors import Fault, Misuse
from edi_gateway.storage import schema


def check_schema(engine: Engine) -> None:
    """Raise Fault unless the database answers, and is at the newest revision."""
    try:
        schema.require_current(engine)
    except (DBAPIError, TimeoutError) as error:
        raise Fault(f"The database cannot be reached: {error}") from error
    except Misuse as error:
        raise Fault(str(error)) from error
