from ui.frame import page
import streamlit as st
with page("predict", "sub"):
    st.write("hello predict")
