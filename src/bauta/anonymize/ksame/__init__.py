"""k-Same and k-Same-Select (Newton et al., TKDE 2005; Gross et al., PET 2005)."""
