"""Message content as bytes of JSON."""

import base64
import datetime
import json
import numbers


def _default(value):
    """What json cannot write: bytes become base64 (as images are), dates ISO 8601, numbers of libraries plain ones."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if isinstance(value, (set, frozenset, tuple)) or hasattr(value, "__iter__"):
        return list(value)
    return repr(value)


_encode = json.JSONEncoder(ensure_ascii=False, default=_default, separators=(",", ":")).encode
_encode_ascii = json.JSONEncoder(default=_default, separators=(",", ":")).encode


def to_json(value) -> bytes:
    """UTF-8. A lone surrogate, which UTF-8 cannot carry, is written as a JSON escape.

    NaN and the infinities are not JSON, and one of them would make browsers reject the whole message: they are
    written as null.
    """
    try:
        text = _encode(value)
        if "NaN" in text or "Infinity" in text:
            text = _encode(_finite(value))
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return _encode_ascii(_finite(value)).encode("ascii")


def _finite(value):
    if isinstance(value, float):
        return value if value == value and value not in (float("inf"), float("-inf")) else None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
