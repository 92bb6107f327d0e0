"""A suspended partner neither sends nor reads: whoever may have its key, or a token of it, learns nothing either."""

from edi_gateway.access.rights import Denied
from edi_gateway.gateway import Gateway
from edi_gateway.model.caller import Caller


def check_not_suspended(gateway: Gateway, caller: Caller) -> None:
    """Raises Denied for a caller whose partner is suspended, and Fault."""
    partner = gateway.directory.current().partners.get(caller.partner or "")
    if partner and partner.suspended:
        raise Denied("access-suspended", f"{partner.id} is suspended: it neither sends nor reads until it is resumed.")
