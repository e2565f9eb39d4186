UPDATE {layer} SET last_seen = max(last_seen, ?) WHERE platform = ? AND ref = ?
