"""The bedside kiosk: one full-screen page, talked to and touched, that forgets between patients."""
