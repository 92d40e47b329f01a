"""GANonymization (Hellmann et al., 2023)."""
