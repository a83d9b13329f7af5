(call
  method: (identifier) @_method
  arguments: (argument_list (string))
  (#any-of? @_method "require" "require_relative" "load" "autoload")) @import

(class name: (_) @name) @definition.class
(module name: (_) @name) @definition.module
(method name: (_) @name) @definition.function
(singleton_method name: (_) @name) @definition.method
(assignment left: (constant) @name) @definition.constant
