"""Detectors judged: their boxes on pictures, intervals over pictures, controls, and what fewer labels would give."""
