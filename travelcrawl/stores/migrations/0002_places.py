"""Places, links, what speaks for them, and what waits to be matched."""

from yoyo import step

from travelcrawl.stores.gpkg_rows import sql

steps = [step(sql(f"postgis/0002_{name}")) for name in ("places", "roles")]
