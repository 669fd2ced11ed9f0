"""numpy's arrays as bytes, and whose memory they use. Imports nothing of numpy: who has no array needs none."""

import hashlib


def is_array(kind):
    """Whether the type is numpy's own array, no subclass."""
    return kind.__name__ == "ndarray" and kind.__module__ == "numpy"


def bytes_of(array):
    """The elements, in the order of memory, as something with a buffer. Copies what does not lie in one piece."""
    flat = array.reshape(-1, order=order_of(array))  # of one piece it is a view
    return flat.view("u1") if flat.size and flat.itemsize else b""


def order_of(array):
    return "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"


def digest_of(array):
    """Of its content; it holds no objects."""
    return hashlib.sha256(bytes_of(array)).digest()


def content_form_of(array):
    return repr((array.dtype, array.dtype.byteorder, array.shape, order_of(array))).encode()


def form_of(array):
    return content_form_of(array) + repr(array.flags.writeable).encode()


def memory_of(array):
    """The object that owns the memory which the array shows."""
    owner = array
    while True:
        base = owner.obj if isinstance(owner, memoryview) else getattr(owner, "base", None)
        if base is None:
            return owner
        owner = base


__all__ = ["bytes_of", "content_form_of", "digest_of", "form_of", "is_array", "memory_of", "order_of"]
