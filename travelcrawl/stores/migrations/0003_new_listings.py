"""What is new waits by the batch."""

from yoyo import step

from travelcrawl.stores.gpkg_rows import sql

steps = [step(sql("postgis/0003_new_listings"))]
