"""``python -m sandbox``: serve the web in a box, compare a store with its truth, show it all."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from sandbox.server import Options, serve
from sandbox.world import SEED, SIZE


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit status."""
    options = _parser().parse_args(arguments)
    status: int = options.run(options)
    return status


def _serve(options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="sandbox-") as made:
        try:
            serve(
                Options(
                    folder=Path(options.folder or made),
                    seed=options.seed,
                    size=options.size,
                    egresses=options.egress,
                    faults=tuple(options.fault),
                )
            )
        except ValueError as error:
            print(error, file=sys.stderr)
            return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="serve until SIGTERM or the end of standard input")
    serve.add_argument("--egress", type=int, default=4, metavar="N", help="number of proxy ports (4)")
    serve.add_argument("--folder", metavar="DIR", help="where certificates are kept (a temporary one)")
    serve.add_argument("--fault", action="append", default=[], metavar="NAME:TARGET[:COUNT]", help="spoil answers")
    _world(serve)
    serve.set_defaults(run=_serve)
    return parser


def _world(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=SEED, help=f"seed of the world ({SEED})")
    parser.add_argument("--size", type=int, default=SIZE, help=f"places in the world ({SIZE})")


if __name__ == "__main__":
    sys.exit(main())
