"""The conditional GAN: a generator that draws a face only from privacy-safe conditions, and its training."""
