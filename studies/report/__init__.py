"""The page, CSV and PNG."""
