"""Software bills of materials: written and read."""
