"""What the Operations stack does by itself between releases."""
