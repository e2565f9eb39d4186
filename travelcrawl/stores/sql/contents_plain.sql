UPDATE gpkg_contents SET last_change = :now WHERE table_name = :layer
