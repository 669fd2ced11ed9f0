"""Style is a test, not a page: holds the tree to the rules that no compiler checks."""

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from tidy_rules import FOLDERS, RULES, SOURCES, Rule

ROOT = Path(__file__).resolve().parent.parent
BYTES = {".bin", ".png", ".ico", ".gif", ".woff2"}

# Sources without a test of their own, each with the place where it is tested.
TESTED_ELSEWHERE: dict[str, str] = {}


def tree() -> list[str]:
    """Every file that git knows or would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return sorted(path for path in listed.split("\0") if path and (ROOT / path).is_file())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.check.__name__)
def test_the_rule_tells_bad_from_good(rule: Rule) -> None:
    for sample in rule.bad:
        assert rule.problems(*sample), sample
    for sample in rule.good:
        assert not rule.problems(*sample), sample


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.check.__name__)
def test_the_tree_keeps_the_rule(rule: Rule) -> None:
    found = []
    for path in tree():
        if re.fullmatch(rule.files, path) and Path(path).suffix not in BYTES:
            found += rule.problems(path, (ROOT / path).read_text(encoding="utf-8"))
    assert not found, "\n".join(found)


def test_every_folder_says_what_it_is() -> None:
    folders = (".", *FOLDERS, "tests", "tests/functional")
    assert not [folder for folder in folders if not (ROOT / folder / "README.md").is_file()]


def untested(paths: list[str]) -> set[str]:
    sources = [path for path in paths if re.fullmatch(r"(protocol|config)/.*\.cpp", path)]
    return {path for path in sources if "tests/" + path.replace(".cpp", "_test.cpp") not in paths}


def test_tests_mirror_the_sources() -> None:
    assert untested(["protocol/wire/a.cpp", "tests/protocol/a_test.cpp"]) == {"protocol/wire/a.cpp"}
    assert not untested(["protocol/wire/a.cpp", "tests/protocol/wire/a_test.cpp"])
    assert untested(tree()) == set(TESTED_ELSEWHERE)


def compile_flags(folder: str) -> list[str]:
    """The flags that the build has for the sources of `folder`, without those that name its files."""
    commands = json.loads((ROOT / "build" / "compile_commands.json").read_text())
    entry = next(entry for entry in commands if Path(entry["file"]).is_relative_to(ROOT / folder))
    words = shlex.split(entry["command"])
    flags = [word for word in words if re.match(r"-(std=|D|I|W(?!invalid-pch)|f(?!pch))", word)]
    system = [f"-isystem{words[index + 1]}" for index, word in enumerate(words) if word == "-isystem"]
    return flags + system


def error_of_including(header: str, flags: list[str]) -> str:
    """What the compiler says to a file that includes nothing but `header`; empty if it takes it."""
    command = ["g++", *flags, "-fsyntax-only", "-x", "c++", "-"]
    text = f'#include "{header}"\n'
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False).stderr


@pytest.mark.parametrize("header", [path for path in tree() if re.fullmatch(SOURCES, path) and path.endswith(".hpp")])
def test_the_header_compiles_alone(header: str) -> None:
    error = error_of_including(header, compile_flags(header.split("/")[0]))
    assert not error, error


def test_a_header_that_needs_another_is_found(tmp_path: Path) -> None:
    (tmp_path / "bad.hpp").write_text("#pragma once\ninline std::string a;\n")
    (tmp_path / "good.hpp").write_text("#pragma once\n#include <string>\ninline std::string a;\n")
    assert error_of_including(str(tmp_path / "bad.hpp"), ["-std=c++20"])
    assert not error_of_including(str(tmp_path / "good.hpp"), ["-std=c++20"])
