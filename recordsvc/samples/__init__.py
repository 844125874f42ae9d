"""The sample papers: a fictional parliament in six languages."""
