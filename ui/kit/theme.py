"""The page's colours: calm neutrals with one accent, all text at a contrast of 4.5 : 1 or more in light and dark."""

from __future__ import annotations

from gradio.themes import Base, Soft

# Where Soft writes in the accent or in a pale grey, a darker shade of the same serves; in dark a lighter one.
READABLE = {
    "body_text_color_subdued": "*neutral_600",
    "body_text_color_subdued_dark": "*neutral_300",
    "input_placeholder_color": "*neutral_500",
    "input_placeholder_color_dark": "*neutral_400",
    "link_text_color": "*primary_700",
    "link_text_color_hover": "*primary_900",
    "link_text_color_active": "*primary_700",
    "link_text_color_visited": "*primary_700",
    "link_text_color_dark": "*primary_300",
    "link_text_color_hover_dark": "*primary_200",
    "link_text_color_active_dark": "*primary_300",
    "link_text_color_visited_dark": "*primary_300",
    "block_label_text_color": "*primary_700",
    "block_title_text_color": "*primary_700",
    "button_primary_background_fill": "*primary_600",
    "button_primary_background_fill_hover": "*primary_700",
    "button_primary_background_fill_dark": "*primary_600",
    "button_primary_background_fill_hover_dark": "*primary_700",
    "checkbox_label_background_fill_selected": "*primary_600",
    "color_accent": "*primary_600",
    # What is entered and pressed is set off from what holds it: a field's edge has a contrast of 3 : 1 or more.
    "body_background_fill": "*neutral_100",
    "background_fill_secondary": "white",
    "border_color_primary": "*neutral_300",
    "input_border_width": "1px",
    "input_border_color": "*neutral_500",
    "input_border_color_dark": "*neutral_400",
    "checkbox_border_color": "*neutral_500",
    "checkbox_border_color_dark": "*neutral_400",
    "checkbox_border_color_hover": "*neutral_600",
    "checkbox_border_color_hover_dark": "*neutral_300",
    "button_border_width": "1px",
    "button_secondary_border_color": "*neutral_400",
    "button_primary_border_color": "*primary_600",
}


def theme() -> Base:
    """Gradio's Soft in our colours."""
    return Soft(
        primary_hue="indigo",
        neutral_hue="slate",
        font=["Inter", "system-ui", "sans-serif"],
        font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "monospace"],
    ).set(**READABLE)
