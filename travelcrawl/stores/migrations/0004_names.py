"""Names are found as they are stored."""

from yoyo import step

from travelcrawl.stores.gpkg_rows import sql

steps = [step(sql("postgis/0004_names"))]
