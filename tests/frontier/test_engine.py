"""The two private names of Scrapy's engine (engine.py), said clearly when a version changes them."""

import inspect

import scrapy
from scrapy.core.engine import ExecutionEngine, _Slot
from scrapy.utils.reactor import CallLaterOnce

SAID = f"Scrapy {scrapy.__version__} has changed what travelcrawl/frontier/engine.py uses: "


def test_the_engine_keeps_what_is_in_progress_in_its_slot() -> None:
    assert "_slot" in inspect.getsource(ExecutionEngine.__init__), SAID + "ExecutionEngine._slot"
    assert "self.inprogress" in inspect.getsource(_Slot.__init__), SAID + "_Slot.inprogress"
    assert "inprogress.add(request)" in inspect.getsource(_Slot.add_request), SAID + "_Slot.inprogress"


def test_the_engine_is_woken_by_the_slots_next_call() -> None:
    assert "self.nextcall" in inspect.getsource(_Slot.__init__), SAID + "_Slot.nextcall"
    assert callable(getattr(CallLaterOnce, "schedule", None)), SAID + "CallLaterOnce.schedule"
