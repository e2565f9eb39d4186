DELETE FROM parts
WHERE platform = {platform} AND ref = {ref} AND part_platform = {part_platform} AND part_ref = {part_ref} AND area = {area}
