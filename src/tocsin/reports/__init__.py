"""Measures, dashboard and exports: what happened, counted so that every figure is a list that can be opened."""
