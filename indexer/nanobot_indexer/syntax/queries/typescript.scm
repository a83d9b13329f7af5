; Read behind `script.scm`.

(abstract_class_declaration name: (_) @name) @definition.class
(export_statement (abstract_class_declaration name: (_) @name)) @definition.class
(interface_declaration name: (_) @name) @definition.interface
(export_statement (interface_declaration name: (_) @name)) @definition.interface
(enum_declaration name: (_) @name) @definition.enum
(export_statement (enum_declaration name: (_) @name)) @definition.enum
(type_alias_declaration name: (_) @name) @definition.type
(export_statement (type_alias_declaration name: (_) @name)) @definition.type
(internal_module name: (_) @name) @definition.namespace
(export_statement (internal_module name: (_) @name)) @definition.namespace
(module name: (_) @name) @definition.module
(function_signature name: (_) @name) @definition.function
(export_statement (function_signature name: (_) @name)) @definition.function
(method_signature name: (_) @name) @definition.method
(abstract_method_signature name: (_) @name) @definition.method
(public_field_definition name: (_) @name
  value: [(arrow_function) (function_expression)]) @definition.method
(program (ambient_declaration (lexical_declaration
  (variable_declarator name: (identifier) @name))) @definition.variable)
(program (ambient_declaration (variable_declaration
  (variable_declarator name: (identifier) @name))) @definition.variable)
(statement_block (export_statement (lexical_declaration "const"
  (variable_declarator name: (identifier) @name))) @definition.constant)
; In a class body decorators stand before what they decorate.
(class_body (decorator)+ @decorator . (method_definition name: (_) @name) @definition.method)
