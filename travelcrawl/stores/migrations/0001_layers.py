"""The layers, their history, partitions, views and roles."""

from yoyo import step

from travelcrawl.stores.gpkg_rows import sql

steps = [step(sql(f"postgis/0001_{name}")) for name in ("layers", "partitions", "views", "roles")]
