"""The control `prototype`: one of seven faces, chosen by what a teacher reads."""
