"""The privacy–utility frontier: table, controls, Pareto set, plots, summary and report."""
