(command
  name: (command_name (word) @_name)
  argument: (_)
  (#any-of? @_name "source" ".")) @import

(function_definition name: (_) @name) @definition.function
(program (variable_assignment name: (variable_name) @name) @definition.variable)
(program (declaration_command
  (variable_assignment name: (variable_name) @name)) @definition.variable)
