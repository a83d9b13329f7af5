"""Fix diagnostics: `fix_diagnostics` runs a tool and repairs by program (`repair`).

What is left becomes questions: `asked_finding` says about what, `finding_place` finds the
statement, and `refactor.open_finding` is the question itself, which other parts know, too.
"""
