SELECT {columns} FROM links
