"""What happened, for people and for programs: calculations, files, a chart page and a page for the terminal."""
