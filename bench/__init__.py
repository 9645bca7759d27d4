"""Benches: one script a claim, run by `script/bench`; figures in RESULTS.md."""
