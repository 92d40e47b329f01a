"""The page `report.html`: the answer in words, what the script of the page needs, and the page itself."""
