"""Source files: locations, download, archive, snapshots, and the content of Access files."""
