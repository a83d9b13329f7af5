(function_call
  name: (identifier) @_name
  arguments: (arguments (string))
  (#eq? @_name "require")) @import

(function_declaration name: (_) @name) @definition.function
(assignment_statement
  (variable_list . name: (_) @name .)
  (expression_list . value: (function_definition) .)) @definition.function
(variable_declaration
  (assignment_statement
    (variable_list . name: (_) @name .)
    (expression_list . value: (function_definition) .))) @definition.function
(field name: [(identifier) (string)] @name value: (function_definition)) @definition.method
(field name: (identifier) @scope
  value: (table_constructor (field value: (function_definition)))) @container

(chunk (assignment_statement (variable_list name: (identifier) @name)) @definition.variable)
(chunk (variable_declaration
  (assignment_statement (variable_list name: (identifier) @name))) @definition.variable)
