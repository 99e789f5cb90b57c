"""What people are told, sentence by sentence: each that can be said stands here once."""
