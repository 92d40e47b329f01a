"""Training: the expression teachers and the conditional GAN that bauta trains itself."""
