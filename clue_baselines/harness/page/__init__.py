"""The page that shows the results: HTML with inline SVG, and Markdown."""
