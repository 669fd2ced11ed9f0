"""Writes embedded_sources.cpp: usage embed.py ROOT OUTPUT, for all .py files under ROOT."""

import pathlib
import sys

CHUNK = 2000  # string literals longer than this are split: compilers limit them


def module_name(path):
    parts = list(path.with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def literal(text):
    chunks = [text[i : i + CHUNK] for i in range(0, len(text), CHUNK)] or [""]
    return "\n".join(f'R"~py~({chunk})~py~"' for chunk in chunks)


def main(root, output):
    entries = []
    for path in sorted(root.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        entries.append(f'    {{"{module_name(path.relative_to(root))}",\n{literal(text)}}},')
    newline = "\n"
    output.write_text(
        f"""// Made by embed.py; not to be edited.
#include "tenants/interpreter/embedded_sources.hpp"

namespace corncob::tenants::interpreter {{
namespace {{
constexpr EmbeddedSource kSources[] = {{
{newline.join(entries)}
}};
}}  // namespace

std::span<const EmbeddedSource> embedded_sources() {{ return kSources; }}

}}  // namespace corncob::tenants::interpreter
""",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
