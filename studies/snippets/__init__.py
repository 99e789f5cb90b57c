"""The recommended network as code to copy."""
