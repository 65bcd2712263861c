"""WHERE BYTES COME FROM: registries, layouts, archives, daemons, directories → layers."""
