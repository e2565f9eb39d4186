"""``python -m sandbox``: serve the web in a box, compare a store with its truth, show it all."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from sandbox.changes import changed
from sandbox.compare import NoStore, compare
from sandbox.demo import Demo
from sandbox.foreign import SIZE as FOREIGN_SIZE
from sandbox.hostile import EGRESSES, MIXTURES
from sandbox.hostile_server import HostileOptions, HostileServer
from sandbox.platforms import DIALECTS
from sandbox.report import show
from sandbox.server import Options, Server, serve
from sandbox.world import SEED, SIZE, build_world

LATER = "the world some days later: 5 %% of ratings and prices, three places closed, two moved"


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit status."""
    options = _parser().parse_args(arguments)
    status: int = options.run(options)
    return status


def _serve(options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="sandbox-") as made, ExitStack() as stack:
        try:
            server = _server(options, Path(options.folder or made))
            if options.log:
                server.web.log = stack.enter_context(Path(options.log).open("w", encoding="utf-8")).write
            serve(server)
        except ValueError as error:
            print(error, file=sys.stderr)
            return 2
    return 0


def _server(options: argparse.Namespace, folder: Path) -> Server:
    common = {"folder": folder, "seed": options.seed, "faults": tuple(options.fault)}
    if not options.hostile:
        return Server(
            Options(**common, size=options.size or SIZE, egresses=options.egress or 4, changed=options.changed)
        )
    return HostileServer(
        HostileOptions(
            **common,
            size=options.size or (FOREIGN_SIZE if options.web == "foreign" else SIZE),
            egresses=options.egress or EGRESSES,
            mixture=options.mixture,
            web=options.web,
            sites=_words(options.sites),
            rate=options.rate,
        )
    )


def _compare(options: argparse.Namespace) -> int:
    world = build_world(options.seed, options.size)
    if options.changed:
        world, _ = changed(world)
    try:
        comparison = compare(
            options.store, world, _words(options.platforms), _words(options.cities), shared=options.shared
        )
    except NoStore as error:
        print(error, file=sys.stderr)
        return 2
    show(comparison)
    return 0 if comparison.is_right else 1


def _shared(options: argparse.Namespace) -> int:
    dialect = next(one for one in DIALECTS if one.platform == options.platform)
    for line in dialect(build_world(options.seed, options.size)).shared():
        print(line)
    return 0


def _demo(options: argparse.Namespace) -> int:
    demo = Demo(
        store=options.store,
        platforms=_words(options.platforms),
        cities=_words(options.cities),
        seed=options.seed,
        size=options.size,
    )
    return demo.run()


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.split(",") if word)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="serve until SIGTERM or the end of standard input")
    serve.add_argument(
        "--egress", "--egresses", type=int, metavar="N", help=f"number of proxy ports (4; hostile: {EGRESSES})"
    )
    serve.add_argument("--folder", metavar="DIR", help="where certificates are kept (a temporary one)")
    serve.add_argument("--fault", action="append", default=[], metavar="NAME:TARGET[:COUNT]", help="spoil answers")
    serve.add_argument("--log", metavar="FILE", help="write a line for each answered request")
    hostile = serve.add_argument_group("a hostile web")
    hostile.add_argument("--hostile", action="store_true", help="egresses and sites that misbehave, all from the seed")
    hostile.add_argument("--mixture", choices=MIXTURES, default="even", help="what it is made of (even)")
    hostile.add_argument(
        "--web", choices=("foreign", "travel"), default="foreign", help="invented hosts, or the platforms"
    )
    hostile.add_argument("--sites", default="", metavar="A,B", help="only these hosts or platforms (all)")
    hostile.add_argument("--rate", type=float, metavar="N", help="requests per second that a site allows an egress")
    serve.add_argument("--changed", action="store_true", help=LATER)
    _world(serve)
    serve.set_defaults(size=None)
    serve.set_defaults(run=_serve)
    compare_ = commands.add_parser(
        "compare", help="compare a GeoPackage with the truth; exit 0 only where all is right"
    )
    compare_.add_argument("store", type=Path, metavar="STORE.gpkg")
    compare_.add_argument("--shared", action="store_true", help="expect what only shared addresses lead to, too")
    compare_.add_argument("--changed", action="store_true", help=LATER)
    _scope(compare_)
    _world(compare_)
    compare_.set_defaults(run=_compare)
    shared = commands.add_parser("shared", help="print the addresses that people share of a platform")
    shared.add_argument("platform", choices=[dialect.platform for dialect in DIALECTS])
    _world(shared)
    shared.set_defaults(run=_shared)
    demo_ = commands.add_parser("demo", help="serve, crawl, report, compare: what make crawl runs")
    demo_.add_argument("--store", type=Path, default=Path("out/travel.gpkg"), metavar="STORE.gpkg")
    _scope(demo_)
    _world(demo_)
    demo_.set_defaults(run=_demo)
    return parser


def _scope(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--platforms", default="", metavar="A,B", help="only these (all)")
    parser.add_argument("--cities", default="", metavar="ADCODE,ADCODE", help="what is expected of these cities (all)")


def _world(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=SEED, help=f"seed of the world ({SEED})")
    parser.add_argument("--size", type=int, default=SIZE, help=f"places in the world ({SIZE})")


if __name__ == "__main__":
    sys.exit(main())
