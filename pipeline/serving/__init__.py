"""The HTTP API and the MCP server: published releases and the registered severity model, read only."""
