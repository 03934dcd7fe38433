"""A run told to others: one HTML file that needs nothing beside it, and a model card in Markdown."""

from core.report.card import model_card
from core.report.gathering import Facts, gather
from core.report.page import html_report

__all__ = ["Facts", "gather", "html_report", "model_card"]
