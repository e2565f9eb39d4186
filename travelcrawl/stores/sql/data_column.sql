INSERT OR IGNORE INTO gpkg_data_columns (table_name, column_name, name, description, mime_type) VALUES (?1, ?2, ?2, ?3, ?4)
