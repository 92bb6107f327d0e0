"""The objects of a PDF as they stand, without pyHanko's ways of getting on with what isn't as it should be."""

from collections.abc import Iterator
from typing import Any

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject


def member(item: DictionaryObject, name: str) -> Any:
    """What stands under that name, itself and no reference to it; None without one."""
    return resolved(dict.get(item, name))


def items(array: Any) -> Iterator[Any]:
    """Those of an array, references as they are; none of what is no array."""
    if isinstance(array, ArrayObject):
        yield from list.__iter__(array)


def resolved(item: Any) -> Any:
    return item.get_object() if isinstance(item, IndirectObject) else item


def identity(item: Any) -> Any:
    """The same for the same object, however it was come by."""
    return item.reference if isinstance(item, IndirectObject) else id(item)
