"""The code books and composites of `avatar`, learnt on people who are never scored."""
