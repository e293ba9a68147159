"""Small random-weight models in exactly the folder layout that Optimum exports and the Hugging Face hub serves.

They say nothing sensible, but they say it deterministically: pulling one, serving it and comparing the answers with a
plain onnxruntime loop proves the whole path without a network."""
