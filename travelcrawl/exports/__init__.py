"""Files of other programs' formats, made of what a store holds."""
