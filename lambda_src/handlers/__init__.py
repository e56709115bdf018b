"""One file, one function, one package. A handler declares itself in its `FUNCTION` literal."""
