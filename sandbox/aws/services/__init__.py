"""Services of our own, where moto has none or keeps one too loosely; each follows moto's division of files."""
