"""DeepPrivacy (Hukkelås et al., ISVC 2019)."""
