(call
  method: (identifier) @_method
  arguments: (argument_list (string))
  (#any-of? @_method "require" "require_relative" "load" "autoload")) @import

(class name: (_) @name) @definition.class
(module name: (_) @name) @definition.module
(method name: (_) @name) @definition.function
(singleton_method name: (_) @name) @definition.method
(alias name: (_) @name) @definition.method
(call
  method: (identifier) @_method
  arguments: (argument_list (simple_symbol) @name)
  (#any-of? @_method "attr_reader" "attr_writer" "attr_accessor")) @definition.method
(call
  method: (identifier) @_method
  arguments: (argument_list . [(simple_symbol) (string (string_content))] @name)
  (#any-of? @_method "define_method" "alias_method")) @definition.method
(assignment left: (constant) @name) @definition.constant
(operator_assignment left: (constant) @name) @definition.constant
(assignment
  left: (constant) @name
  right: (call
    receiver: (constant) @_receiver
    method: (identifier) @_method
    (#any-of? @_receiver "Struct" "Class" "Data")
    (#any-of? @_method "new" "define"))) @definition.class
