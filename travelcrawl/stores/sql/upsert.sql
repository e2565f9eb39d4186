INSERT INTO {layer} ({columns}) VALUES {marks}
ON CONFLICT (platform, ref) DO UPDATE SET {assignments}
