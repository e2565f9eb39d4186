-- A place became part of another, and with it what had become part of it.
UPDATE places SET merged_into = {heir}, updated_at = {now} WHERE place = {place} OR merged_into = {place}
