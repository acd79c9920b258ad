"""The inventory: list, one asset, import."""
