"""Signing in and out as the page shows it. The password goes from the form straight to the door, past Streamlit."""

import streamlit as st

from core.settings import settings
from dashboard.components.inline import inline

_form = inline("sign_in")
_handing_over = inline("hand_over")
_leaving = inline("sign_out")


def sign_in_form() -> None:
    """Login and password; the page opens anew when they are right."""
    _form(key="sign_in")


def hand_over(secret: str) -> None:
    """Give the browser the cookie that the page has begun for it; the page opens anew with it."""
    _handing_over(key="hand_over", data={"secret": secret})


def sign_out_button() -> None:
    """Sign out, and leave nothing of what was on the page."""
    provided = settings().sign_in == "oidc"
    _leaving(key="sign_out", data={"provided": provided}, on_left_change=_forget_provider)


def _forget_provider() -> None:
    """Streamlit keeps the provider's word for 30 days otherwise; this page must not come in by it once more."""
    st.session_state.left = True
    st.logout()
