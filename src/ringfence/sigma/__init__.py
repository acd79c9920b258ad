"""Sigma rules: loading them, matching events against them, explaining a match. Pure but for reading rule files."""

from ringfence.sigma.correlation import Correlation, CorrelationType
from ringfence.sigma.load import load_rules
from ringfence.sigma.matcher import Matchable, Matcher
from ringfence.sigma.reference import Hit, explain
from ringfence.sigma.rule import Rule, RuleSet

__all__ = ["Correlation", "CorrelationType", "Hit", "Matchable", "Matcher", "Rule", "RuleSet", "explain", "load_rules"]
