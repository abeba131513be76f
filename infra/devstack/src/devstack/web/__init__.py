"""The web client's tools: Node, its packages, and the build that the gateway serves."""
