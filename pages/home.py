from ui.frame import page
import streamlit as st
with page("home", "sub"):
    st.write("hello home")
