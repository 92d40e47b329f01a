"""k-Same with one generated face for each group, after k-Same-Net (Meden et al., Entropy 2018)."""
