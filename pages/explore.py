from ui.frame import page
import streamlit as st
with page("explore", "sub"):
    st.write("hello explore")
