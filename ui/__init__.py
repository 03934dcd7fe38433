"""What the pages share on the Streamlit side."""
