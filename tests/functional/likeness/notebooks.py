"""Notebooks: written as Markdown, run by nbclient, and what their cells have put out as text that can be compared."""

import base64
import io
import re

import nbformat.v4 as v4
from likeness.story import ANYWHERE, tell_value
from nbclient import NotebookClient
from PIL import Image, ImageChops

CELL_SECONDS = 60
FENCE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PIXELS_UNLIKE_MAX = 0.002  # of all, by more than
PIXEL_TOLERANCE = 16


def read(path):
    """A notebook of a Markdown file: fenced Python is a code cell, the text between is a Markdown cell."""
    cells = []
    for number, part in enumerate(FENCE.split(path.read_text())):
        if text := part.strip("\n"):
            cells.append(v4.new_code_cell(text) if number % 2 else v4.new_markdown_cell(text))
    return v4.new_notebook(cells=cells)


def run(notebook, directory, manager, **start):
    """Runs all cells there, also those behind a failing one. The first goes to the directory, where a kernel cannot
    be started in one of its own."""
    there = v4.new_code_cell(f"%cd -q {directory}")
    whole = v4.new_notebook(cells=[there, *notebook.cells])
    resources = {"metadata": {"path": str(directory)}}
    client = NotebookClient(whole, km=manager, timeout=CELL_SECONDS, allow_errors=True, resources=resources)
    client.execute(cleanup_kc=True, **start)
    return v4.new_notebook(cells=whole.cells[1:])


def picture(output):
    """The PNG that an output shows, if it shows one."""
    encoded = output.get("data", {}).get("image/png")
    return Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGBA") if encoded else None


def tell_cell(number, cell, directory, vary):
    """One cell's outputs as text; pictures are left to `pictures_differ`."""
    lines = [f"== cell {number} [{cell.execution_count}] {cell.source.splitlines()[0]!r}"]
    for output in joined(cell.outputs):
        lines.append(output.output_type)
        for name, value in sorted(output.items()):
            if name == "data":
                value = {kind: "<picture>" if kind == "image/png" else data for kind, data in value.items()}
            if name != "output_type":
                lines += tell_value(f"    {name}", value)
    text = "\n".join(lines).replace(str(directory), "<directory>")
    for pattern, replacement in {**ANYWHERE, **vary}.items():
        text = re.sub(pattern, replacement, text)
    return text


def joined(outputs):
    """Printed text in one piece a name: kernels cut it differently."""
    found = []
    for output in outputs:
        behind = []
        while output.output_type == "stream" and found and found[-1].output_type == "stream":
            behind.append(found.pop())
        texts = {stream.name: stream.text for stream in behind}
        if output.output_type != "stream":
            found.append(output)
            continue
        texts[output.name] = texts.get(output.name, "") + output.text
        found += [v4.new_output("stream", name=name, text=texts[name]) for name in sorted(texts, reverse=True)]
    return found


def pictures_differ(theirs, ours):
    """What is different between the pictures of two cells; nothing if they look alike."""
    theirs, ours = ([picture(output) for output in cell.outputs if picture(output)] for cell in (theirs, ours))
    if len(theirs) != len(ours):
        return f"{len(theirs)} pictures, not {len(ours)}"
    for number, (one, other) in enumerate(zip(theirs, ours)):
        if one.size != other.size:
            return f"picture {number}: {one.size}, not {other.size}"
        bands = ImageChops.difference(one, other).split()
        unlike = max(sum(band.histogram()[PIXEL_TOLERANCE:]) for band in bands) / (one.width * one.height)
        if unlike > PIXELS_UNLIKE_MAX:
            return f"picture {number}: {unlike:.2%} of the pixels are unlike"
    return ""
