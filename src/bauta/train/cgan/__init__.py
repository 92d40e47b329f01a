"""The conditional GAN: a generator that draws a face from privacy-safe conditions alone, and its training."""
