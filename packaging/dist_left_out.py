"""What the one-folder program does not need, and what it must not carry."""

from fnmatch import fnmatch

LEFT_OUT = (
    "IPython",
    "hf_xet",
    "matplotlib",
    "pip",
    "playwright",
    "pytest",
    "quantize",
    "setuptools",
    "sqlite_vec",
    "tkinter",
    "torch",
    "transformers",
    "usearch",
    "wheel",
)
"""Modules: the workshop, tools of developers, and what libraries could use but the program never
does."""
_FILES = (
    "*/__pycache__/*",
    "*.pyi",
    "*/tests/*",
    "gradio/test_data/*",
    "gradio/media_assets/*",
    "gradio/*.map",
    "gradio/hash_seed.txt",  # drawn anew where it is missing; one that all share would be none
    "gradio/templates/frontend/static/ffmpeg/*",  # GPL, for video in the browser
    "gradio/templates/node/*",  # pages made on the server, which needs Node.js
    "hf_xet-*",
    "pandas/tests/*",
    "numpy/*/tests/*",
    "*/direct_url.json",
    "*/RECORD",
    "*/INSTALLER",
    "*/REQUESTED",
)
"""Data: tests, and notes of the installer that hold paths of the machine that built it."""
GPL = ("libx264-*", "libx265-*")
"""Encoders of video under the GPL that the wheel of PyAV carries; see `dist_encoders`."""


def is_left_out(name: str) -> bool:
    """Whether a file of a library stays behind."""
    plain = name.replace("\\", "/")
    return any(fnmatch(plain, pattern) for pattern in _FILES)


def is_gpl(name: str) -> bool:
    """Whether a shared library is one that must not be carried."""
    return any(fnmatch(name, pattern) for pattern in GPL)
