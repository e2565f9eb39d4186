"""What happens to an item on its way to the store: clean, validate, enhance, dedupe, store."""
