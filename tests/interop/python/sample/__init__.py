"""A synthetic run: a small card and a small server in Python that produce a complete transcript,
so that the checks themselves can be tested."""
