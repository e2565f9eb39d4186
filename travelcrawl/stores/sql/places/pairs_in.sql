SELECT {columns} FROM pairs WHERE area = {area}
