; What JavaScript and TypeScript share.

(import_statement) @import
(export_statement source: (string)) @import
(call_expression function: (import) arguments: (arguments . (string))) @import
(call_expression
  function: (identifier) @_name
  arguments: (arguments . (string))
  (#eq? @_name "require")) @import

(class_declaration name: (_) @name) @definition.class
(export_statement (class_declaration name: (_) @name)) @definition.class
(class name: (_) @name) @definition.class

(function_declaration name: (_) @name) @definition.function
(generator_function_declaration name: (_) @name) @definition.function
(export_statement (function_declaration name: (_) @name)) @definition.function
(export_statement (generator_function_declaration name: (_) @name)) @definition.function

(method_definition name: (_) @name) @definition.method

(variable_declarator name: (identifier) @name
  value: [(arrow_function) (function_expression) (generator_function)]) @definition.function
(lexical_declaration . (variable_declarator name: (identifier) @name
  value: [(arrow_function) (function_expression) (generator_function)]) .) @definition.function
(export_statement (lexical_declaration . (variable_declarator name: (identifier) @name
  value: [(arrow_function) (function_expression) (generator_function)]) .)) @definition.function

(variable_declarator name: (identifier) @name value: (class)) @definition.class

(assignment_expression
  left: [(identifier) (member_expression)] @name
  right: [(arrow_function) (function_expression) (generator_function)]) @definition.function
(assignment_expression left: (member_expression) @name right: (class)) @definition.class

(pair key: [(property_identifier) (string)] @name
  value: [(arrow_function) (function_expression) (generator_function)]) @definition.method

(program (lexical_declaration "const"
  (variable_declarator name: (identifier) @name) @definition.constant))
(program (lexical_declaration "let"
  (variable_declarator name: (identifier) @name) @definition.variable))
(program (variable_declaration
  (variable_declarator name: (identifier) @name) @definition.variable))
(program (export_statement (lexical_declaration "const"
  (variable_declarator name: (identifier) @name) @definition.constant)))
(program (export_statement (lexical_declaration "let"
  (variable_declarator name: (identifier) @name) @definition.variable)))

(assignment_expression left: (member_expression) @_left right: (function_expression name: (_) @name)
  (#eq? @_left "module.exports")) @definition.function
(assignment_expression left: (member_expression) @_left right: (class name: (_) @name)
  (#eq? @_left "module.exports")) @definition.class

; What has no name is imported as `default`.
(export_statement "default" @name
  value: [(arrow_function) (function_expression) (generator_function)]) @definition.function
(export_statement "default" @name value: (class !name)) @definition.class
(export_statement "default" @name value: [(object) (call_expression)]) @definition.constant

(program (export_statement (lexical_declaration (variable_declarator
  name: (object_pattern (shorthand_property_identifier_pattern) @name)))) @definition.constant)

; An object in an object is a scope of its methods.
(pair key: (property_identifier) @scope
  value: (object [(method_definition) (pair
    value: [(arrow_function) (function_expression) (generator_function)])])) @container

; One name in a declaration: the range is the whole statement.
(program (lexical_declaration . (variable_declarator name: (identifier) @name) .) @definition.variable)
(program (variable_declaration . (variable_declarator name: (identifier) @name) .) @definition.variable)
(program (export_statement
  (lexical_declaration . (variable_declarator name: (identifier) @name) .)) @definition.variable)
