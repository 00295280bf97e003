"""The runner of the literate suites in tests/semantics: parsing, judging, observing, collecting."""
