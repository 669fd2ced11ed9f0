"""What the tags of a cell ask for beside its run mode: `timeout=SECONDS`, `raises-exception`, `stop-on-error=true` or
`=false`. The words, and what they mean, are async-kernel's."""

_TRUTHS = {"true": True, "false": False}


class Tags:
    timeout = None  # seconds; then it ends in TimeoutError
    raises_exception = False  # it must
    stop_on_error = None  # instead of what the request says; the error of a cell with any of the other two aborts none

    def __init__(self, metadata):
        tags = metadata.get("tags") if isinstance(metadata, dict) else None
        for tag in tags if isinstance(tags, list) else ():
            name, _, value = str(tag).partition("=")
            if tag == "raises-exception":
                self.raises_exception = True
            elif name == "timeout":
                self.timeout = _seconds(value)
            elif name == "stop-on-error":
                if value.lower() not in _TRUTHS:
                    raise ValueError(f"the tag {tag!r}: true or false is expected")
                self.stop_on_error = _TRUTHS[value.lower()]
        if self.stop_on_error is None and (self.raises_exception or self.timeout is not None):
            self.stop_on_error = False


def _seconds(text):
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise ValueError(f"the tag 'timeout={text}': a number of seconds is expected")
    return seconds


__all__ = ["Tags"]
