"""DeepPrivacy2 (Hukkelås and Lindseth, WACV 2023)."""
