SELECT {columns} FROM parts WHERE area = {area}
