"""Training GANonymization's published generator further, with the losses of bauta's own."""
