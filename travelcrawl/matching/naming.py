"""Names into core and branch: 青禾牛肉面（星湖店） is 青禾牛肉面, the one at 星湖."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

_HAN = re.compile(r"[\u3400-\u9fff]")
_BRACKET = re.compile(r"\(([^()]*)\)?")
_BRANCH = re.compile(r"(?:店|分店|校区|院区|门市|分行|支行|网点|分部|馆)$")
_SHOP = re.compile(r"(?:旗舰|总|分|直营|体验|专卖|加盟)*店$")
_DASH = re.compile(r"\s+[-–—~/@]+\s+|\s*[|｜：:]\s*|\s+-(?=\w)|--+|——|(?<=[\u3400-\u9fff)）])-(?=[\u3400-\u9fff])")
_SEPARATORS = frozenset("-–—~/@|｜：:")
_CHAIN_SHORTEST = 2


def dashed(name: str, limit: int) -> str:
    """Return a name with every sign that parts two names, a dash between blanks or a bar, as a bar; then cut at ``limit``."""
    return name if _SEPARATORS.isdisjoint(name) else _DASH.sub(" | ", name[:limit])


def split_names(folded: Sequence[str]) -> tuple[list[str], list[str], list[str], list[str]]:
    """Return cores (words apart), branches (compact), names with all but a branch that is a shop's, and what is not core.

    The third say what the thing is: 星巴克(东门店) is no gate, 金陵饭店-东门 is.
    """
    split = [_core_and_branch(name) for name in folded]
    chains = {core for core, seen in Counter(core for core, _, _ in split).items() if seen > 1}
    cores, branches, wholes, asides = [], [], [], []
    for core, branch, rest in split:
        if not branch and core.endswith("店"):
            core, branch = _known_chain(core, chains)  # noqa: PLW2901
        cores.append(core)
        wholes.append(f"{core} {rest}" if branch.endswith("店") else f"{core} {branch} {rest}")
        asides.append(f"{branch} {rest}" if rest else branch)
        branches.append(_SHOP.sub("", branch.replace(" ", "")))
    return cores, branches, wholes, asides


def _core_and_branch(name: str) -> tuple[str, str, str]:
    """Return core, branch, and what stands in brackets or behind a dash without being a branch."""
    if "(" not in name and "|" not in name and not name.endswith("店"):
        return name.replace(")", " ").strip() or name, "", ""
    branch, rest, core = "", "", name
    if "(" in name:
        inside = [one.strip() for one in _BRACKET.findall(name)]
        core = _BRACKET.sub(" ", name)
        branch = next((one for one in inside if _BRANCH.search(one)), "")
        if not branch and inside and not _HAN.search(inside[0]):
            branch = inside[0]
        rest = " ".join(one for one in inside if one != branch)
    if "|" in core and core.partition("|")[0].strip():
        core, _, behind = core.partition("|")
        behind = behind.replace("|", " ").strip()
        branch, rest = (branch, f"{rest} {behind}") if branch else (behind, rest)
    if not branch and core.endswith("店") and " " in core.strip():
        first, _, last = core.strip().rpartition(" ")
        if _HAN.search(last):
            core, branch = first, last
    core = core.replace("|", " ").replace(")", " ").strip()
    return (core, branch, rest) if core else (name.strip("()| "), "", "")


def _known_chain(core: str, chains: set[str]) -> tuple[str, str]:
    """Split a name that begins with the name of a chain: 肯德基人民路店."""
    for length in range(len(core) - 3, _CHAIN_SHORTEST - 1, -1):
        if core[:length] in chains:
            return core[:length], core[length:]
    return core, ""
