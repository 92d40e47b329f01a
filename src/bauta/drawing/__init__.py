"""Pictures: their canvas, labels that avoid each other, and the contact sheet of faces."""
