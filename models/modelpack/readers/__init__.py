"""Readers of the file formats that weights and tokenizers come in."""
