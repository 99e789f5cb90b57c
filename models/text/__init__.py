"""Texts cut into tokens: the vocabulary that is learnt of them, and word vectors of one's own."""
