"""The papers: facts → HTML → PDF/A, one module a paper."""
