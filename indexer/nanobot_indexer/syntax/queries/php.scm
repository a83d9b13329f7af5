(namespace_use_declaration) @import
(require_expression [(string) (encapsed_string) (binary_expression) (parenthesized_expression)]) @import
(require_once_expression [(string) (encapsed_string) (binary_expression) (parenthesized_expression)]) @import
(include_expression [(string) (encapsed_string) (binary_expression) (parenthesized_expression)]) @import
(include_once_expression [(string) (encapsed_string) (binary_expression) (parenthesized_expression)]) @import

(namespace_definition name: (_) @name) @definition.namespace
(class_declaration name: (_) @name) @definition.class
(interface_declaration name: (_) @name) @definition.interface
(trait_declaration name: (_) @name) @definition.trait
(enum_declaration name: (_) @name) @definition.enum
(function_definition name: (_) @name) @definition.function
(method_declaration name: (_) @name) @definition.method
(const_declaration (const_element . (name) @name)) @definition.constant
(function_call_expression
  function: (name) @_name
  arguments: (arguments . (argument (string (string_content) @name)))
  (#eq? @_name "define")) @definition.constant
