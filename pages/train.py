from ui.frame import page
import streamlit as st
with page("train", "sub"):
    st.write("hello train")
