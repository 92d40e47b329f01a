"""Content keys, and the versions and source hashes of the code behind them."""
