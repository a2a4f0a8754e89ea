"""Charts as inline SVG: drawn in few shapes, coloured by the page's style, each with a title and a description."""
