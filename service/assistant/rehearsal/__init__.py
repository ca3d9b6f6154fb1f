"""The rehearsal: a model on this machine that answers from scripts, over the API's own wire."""
