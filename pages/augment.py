from ui.frame import page
import streamlit as st
with page("augment", "sub"):
    st.write("hello augment")
