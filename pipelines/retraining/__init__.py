"""Learning from the desk: data from verdicts, fine-tuning, the gate, the night."""
