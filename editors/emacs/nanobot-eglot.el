;;; nanobot-eglot.el --- nanobot for eglot  -*- lexical-binding: t; -*-

;; Needs Emacs 29 or newer, or Emacs 28 with eglot from GNU ELPA, and `nanobot-lsp' on
;; the PATH.  In your init file:
;;
;;     (load "/path/to/nanobot-eglot")
;;     (keymap-global-set "C-c n" nanobot-map)
;;     (add-hook 'python-mode-hook #'eglot-ensure)
;;
;; Eglot runs one server per mode: this one replaces what you have for these modes.
;; Take modes out of `nanobot-modes' before loading to keep theirs.

(require 'eglot)

(defvar nanobot-modes
  '(python-mode python-ts-mode js-mode js-ts-mode typescript-ts-mode tsx-ts-mode
    go-ts-mode rust-ts-mode java-mode java-ts-mode c-mode c-ts-mode c++-mode c++-ts-mode)
  "Modes in which eglot starts nanobot.")

(add-to-list 'eglot-server-programs (cons nanobot-modes '("nanobot-lsp" "--stdio")))

(defun nanobot--command (name &rest arguments)
  "Have the server run the command NAME with ARGUMENTS, without waiting for it."
  (let ((server (eglot-current-server)))
    (unless server (user-error "No eglot server here: M-x eglot starts it"))
    (jsonrpc-async-request
     server :workspace/executeCommand
     (list :command (concat "nanobot." name) :arguments (vconcat arguments))
     :success-fn #'ignore
     :error-fn (lambda (problem) (message "nanobot: %s" (plist-get problem :message)))
     ;; The plan of a sentence may take a minute; its progress is in the mode line.
     :timeout 3600)))

(defun nanobot-start (sentence)
  "Have done what SENTENCE says, for instance: rename load_cfg to read_settings."
  (interactive "snanobot, please: ")
  (nanobot--command "process.start" sentence))

(defun nanobot-ask (question)
  "Have QUESTION about this workspace answered."
  (interactive "sQuestion about this workspace: ")
  (nanobot--command "ask" question))

(defvar nanobot-map (make-sparse-keymap) "Keys of the commands of nanobot.")
(define-key nanobot-map "n" #'nanobot-start)
(define-key nanobot-map "?" #'nanobot-ask)
(dolist (entry '(("s" . "status") ("p" . "pause") ("c" . "cancel") ("g" . "resume")
                 ("r" . "review") ("a" . "accept") ("x" . "reject") ("u" . "undo")))
  (let* ((verb (cdr entry)) (command (intern (concat "nanobot-" verb))))
    (defalias command
      (lambda () (interactive) (nanobot--command (concat "process." verb)))
      (format "The command nanobot.process.%s, of the process that was used last." verb))
    (define-key nanobot-map (car entry) command)))

;; Eglot sends what the server had it change only after the next key. nanobot looks at the
;; text and not at the answer, so this sends it at once.
(cl-defmethod eglot-handle-request :after
  (server (_method (eql workspace/applyEdit)) &rest _)
  (when (and (fboundp 'eglot--managed-buffers) (fboundp 'eglot--signal-textDocument/didChange))
    (dolist (buffer (eglot--managed-buffers server))
      (when (buffer-live-p buffer)
        (with-current-buffer buffer (eglot--signal-textDocument/didChange))))))

(provide 'nanobot-eglot)
;;; nanobot-eglot.el ends here
