"""The travel web in a box: imitated platforms with known truth, behind forward-proxy ports on loopback."""

from sandbox.client import Running, running
from sandbox.model import World
from sandbox.world import build_world

__all__ = ["Running", "World", "build_world", "running"]
