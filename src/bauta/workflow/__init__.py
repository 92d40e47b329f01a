"""The input and params functions of the rules, and the code around each job."""
