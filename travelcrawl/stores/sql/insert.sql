INSERT OR IGNORE INTO {layer} ({columns}) VALUES {marks}
