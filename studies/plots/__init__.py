"""The pictures, each with its sentence."""
