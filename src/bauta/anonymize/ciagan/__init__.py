"""CIAGAN (Maximov et al., CVPR 2020)."""
