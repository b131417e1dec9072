"""Starts the app with the tab Read on its page, where the page does not have it by itself yet."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def main(port):
    """Serve on a port."""
    import gradio as gr

    from ui.settings import load_settings
    from ui.web import guard, page, server
    from ui.web.reading_tab import PATIENT, reading_tab
    from ui.web.tools import Tools
    from ui.wiring import open_dosing, open_interactions, open_understanding

    own = page.build_page
    headers = next(
        v for v in vars(guard).values() if isinstance(v, dict) and b"permissions-policy" in v
    )
    headers[b"permissions-policy"] = headers[b"permissions-policy"].replace(
        b"camera=()", b"camera=(self)"
    )

    def with_reading(desk):
        built = own(desk)
        blocks = list(built.blocks.values())
        if any(isinstance(each, gr.Tab) and each.label == "Read" for each in blocks):
            return built
        tabs = next(each for each in blocks if isinstance(each, gr.Tabs))
        boxes = {each.elem_id: each for each in blocks if getattr(each, "elem_id", None) in PATIENT}
        tools = Tools(desk.rules, open_dosing, open_interactions, open_understanding)
        with built, tabs, gr.Tab("Read"):
            reading_tab(tools, [boxes[name] for name in PATIENT])
        return built

    page.build_page = with_reading
    settings, banners = load_settings()
    from dataclasses import replace

    server.serve(replace(settings, port=port), banners, open_browser=False)


if __name__ == "__main__":
    main(int(sys.argv[1]))
