"""Configuration of the documentation site: `make docs`."""

project = "NTSB aviation accidents"
extensions = ["myst_parser"]
exclude_patterns = ["_build", "reference/_*"]
html_theme = "furo"
html_title = project
html_show_copyright = False
myst_heading_anchors = 3
# Links to files of the repository that are not pages of the site.
suppress_warnings = ["myst.xref_missing"]
