"""Command line: python3 -m modelpack build|verify|lock (with PYTHONPATH=models)."""

import argparse
import errno
import sys
from pathlib import Path

from .errors import PackError


def main() -> int:
    arguments = _parser().parse_args()
    try:
        return _run(arguments)
    except PackError as error:
        print(f"modelpack: {error}", file=sys.stderr)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            print(f"modelpack: disk full at {arguments.out}: free some space and run again", file=sys.stderr)
        else:
            print(f"modelpack: {error}: check the path and its permissions", file=sys.stderr)
    except ModuleNotFoundError as error:
        print(f"modelpack: {error.name} is missing: pip install -r models/requirements.txt", file=sys.stderr)
    except KeyboardInterrupt:
        print("modelpack: stopped; run again to continue", file=sys.stderr)
    return 1


def _run(arguments: argparse.Namespace) -> int:
    from . import builder
    from .recipes import REGISTRY

    names = arguments.names or list(REGISTRY)
    if arguments.command == "verify":
        found = {name: builder.problems(arguments.out / name, name) for name in names}
        for name, problems in found.items():
            print(f"{name}: {'; '.join(problems) or 'valid'}")
        return 1 if any(found.values()) else 0
    builder.build(names, arguments.out, arguments.cache, relock=arguments.command == "lock")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="modelpack", description="Build the starter pack's model folders.")
    commands = parser.add_subparsers(dest="command", required=True)
    for command, text in (
        ("build", "fetch packages and convert; what is already valid is skipped"),
        ("verify", "check built folders against the committed manifests"),
        ("lock", "build and rewrite the committed manifests and starter.lock.json (maintainers)"),
    ):
        sub = commands.add_parser(command, help=text)
        sub.add_argument("names", nargs="*", metavar="NAME", help="models (default: all)")
        sub.add_argument("--out", type=Path, required=True, help="folder that receives one folder per model")
        if command != "verify":
            sub.add_argument("--cache", type=Path, required=True, help="folder for fetched packages")
    return parser


if __name__ == "__main__":
    sys.exit(main())
