SELECT {columns} FROM decisions
