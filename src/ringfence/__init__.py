"""Ringfence: collect, detect, triage, respond, learn and measure in one product."""

__version__ = "0.1.0"
