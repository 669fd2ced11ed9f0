"""build.py [TAG]: builds the image (corncob) and runs its smoke test: what ./dev docker does."""

import os
import sys
from pathlib import Path

import pytest
from engine import STATE, Engine, NoDocker
from image import corncob_image, image_config


def main():
    tag = sys.argv[1] if len(sys.argv) > 1 else "corncob"
    try:
        engine = Engine()
    except NoDocker as missing:
        sys.exit(f"docker: {missing}")
    try:
        print(f"docker: building {tag} (a quarter of an hour the first time) ...", file=sys.stderr)
        corncob_image(engine, tag)
        if engine.host:
            os.environ["DOCKER_HOST"] = engine.host
        os.environ["CORNCOB_TEST_IMAGE"] = tag
        here = Path(__file__).parent
        if pytest.main(["-q", "-p", "no:cacheprovider", "--no-header", str(here / "test_smoke.py")]) != 0:
            sys.exit(f"docker: {tag} does not work")
        print(f"docker: {tag} works, {image_config(engine, tag)['Size'] / 1e6:.0f} MB", file=sys.stderr)
        if engine.own:
            archive = STATE / "image.tar"
            engine.run("save", "--output", archive, tag)
            print(f"docker: no daemon ran here; docker load --input {archive} gives it to one", file=sys.stderr)
    finally:
        engine.close()


if __name__ == "__main__":
    main()
