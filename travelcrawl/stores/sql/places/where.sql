SELECT platform, ref, lon, lat, adcode FROM listings
