;;; nanobot-eglot.el --- nanobot for eglot  -*- lexical-binding: t; -*-

;; Load this file from your init file, then `M-x eglot' in a Python buffer.
;; `M-x eglot-code-actions' offers to document the function at point.
;; Eglot runs one server per mode: this one replaces the one you have for Python.

(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs
               '((python-mode python-ts-mode) . ("nanobot-lsp" "--stdio"))))

(declare-function eglot-current-server "eglot")
(declare-function eglot-execute-command "eglot")

(defun nanobot-cancel ()
  "Cancel the newest nanobot process of this workspace."
  (interactive)
  (eglot-execute-command (eglot-current-server) "nanobot.process.cancel" []))

(provide 'nanobot-eglot)
;;; nanobot-eglot.el ends here
