"""What a fold's training part teaches, its batches, and how its networks are scored."""
