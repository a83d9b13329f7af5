(import_spec) @import

(function_declaration name: (identifier) @name) @definition.function

(method_declaration
  receiver: (parameter_list (parameter_declaration type: (_) @scope))
  name: (field_identifier) @name) @definition.method

(type_spec name: (type_identifier) @name type: (struct_type)) @definition.struct
(type_spec name: (type_identifier) @name type: (interface_type)) @definition.interface
(type_spec name: (type_identifier) @name) @definition.type
(type_alias name: (type_identifier) @name) @definition.type
(type_declaration . (type_spec name: (type_identifier) @name) .) @definition.type
(type_declaration . (type_alias name: (type_identifier) @name) .) @definition.type

(method_elem name: (field_identifier) @name) @definition.method

; Not by the field: the grammar gives it to the commas as well, and only the first is found.
(source_file (const_declaration (const_spec (identifier) @name) @definition.constant))
(source_file (const_declaration . (const_spec (identifier) @name) .) @definition.constant)
(source_file (var_declaration (var_spec name: (identifier) @name) @definition.variable))
(source_file (var_declaration
  (var_spec_list (var_spec name: (identifier) @name) @definition.variable)))
(source_file (var_declaration . (var_spec name: (identifier) @name) .) @definition.variable)
