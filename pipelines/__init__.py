"""Media in, evidence out: intake, analysis, jobs, reports, retraining."""
