import attrs
import pytest

from travelcrawl import items
from travelcrawl.stores.base import LAYERS
from travelcrawl.stores.layers import LAYER_OF, comments_of, kind_of, layers


def test_the_layers_are_those_of_the_design_in_its_order() -> None:
    assert tuple(layers()) == LAYERS
    assert LAYER_OF == {
        "listing": "listings",
        "review": "reviews",
        "note": "notes",
        "offer": "offers",
        "quarantine": "quarantine",
        "tile": "tiles",
    }


@pytest.mark.parametrize(("name", "cls"), [(f"{name}s", cls) for name, cls in items.TYPES.items()])
def test_a_layer_has_every_field_of_its_item(name: str, cls: type) -> None:
    fields = {field.name for field in attrs.fields(cls)}
    kept_otherwise = {"seen_at"} if name != "offers" else set()
    assert set(layers()[name].names) >= fields - kept_otherwise


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        ("str", "text"),
        ("str | None", "text"),
        ("Count", "integer"),
        ("Number", "real"),
        ("float | None", "real"),
        ("Moment", "time"),
        ("Day", "day"),
        ("bool | None", "boolean"),
        ("list[Mention] | None", "json"),
    ],
)
def test_kind_of_a_field(annotation: str, kind: str) -> None:
    assert kind_of(annotation) == kind


def test_comments_are_those_of_items() -> None:
    assert comments_of(items.Offer)["amount"].startswith("Price in currency; 0 is free.")
    assert comments_of(items.Review)["hidden"] == comments_of(items.Listing)["hidden"]
    assert comments_of(items.Note)["author"] == comments_of(items.Review)["author"]
    assert comments_of(items.Note)["platform"] == comments_of(items.Listing)["platform"]


def test_what_goes_together_and_what_is_volatile_are_columns() -> None:
    for layer in layers().values():
        assert set(layer.names) >= layer.grouped
        assert set(layer.names) >= set(layer.key)
        assert "quality" not in layer.content
        assert "seen_at" not in layer.content
