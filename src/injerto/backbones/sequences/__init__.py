"""Networks that write texts: causal language models, and encoders with decoders."""
