"""Visage: train, question and use a face classifier of your own. Start with `streamlit run app.py`."""

from ui.frame import open_app

open_app()
