(class_definition name: (identifier) @name) @definition.class
(decorated_definition
  definition: (class_definition name: (identifier) @name)) @definition.class

(function_definition name: (identifier) @name) @definition.function
(decorated_definition
  definition: (function_definition name: (identifier) @name)) @definition.function

(type_alias_statement left: (type (identifier) @name)) @definition.type
(type_alias_statement left: (type (generic_type (identifier) @name))) @definition.type

(module (expression_statement
  (assignment left: (identifier) @name) @definition.variable))
