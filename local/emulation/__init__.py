"""Where the embedded cloud is mended: one deviation from the emulator, one module, one reason."""
