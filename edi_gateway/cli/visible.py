"""Text for a terminal that others have written: a document's number, a value in a finding, a gateway's answer."""


def visible(text: str) -> str:
    """The text with what can't be seen written out, as `\\x1b`: it stays in its line, and moves no cursor."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
