from ui.frame import page
import streamlit as st
with page("evaluate", "sub"):
    st.write("hello evaluate")
