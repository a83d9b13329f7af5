(preproc_include) @import

(function_definition declarator: (_)) @definition.function
(template_declaration (function_definition declarator: (_) @declarator)) @definition.function

(translation_unit (declaration declarator: (_) @declarator) @definition.prototype)
(preproc_ifdef (declaration declarator: (_) @declarator) @definition.prototype)
(preproc_if (declaration declarator: (_) @declarator) @definition.prototype)
(preproc_elif (declaration declarator: (_) @declarator) @definition.prototype)
(preproc_else (declaration declarator: (_) @declarator) @definition.prototype)
(linkage_specification (declaration declarator: (_) @declarator) @definition.prototype)
(declaration_list (declaration declarator: (_) @declarator) @definition.prototype)
(template_declaration (declaration declarator: (_) @declarator) @definition.prototype)
(field_declaration_list (field_declaration declarator: (_) @declarator) @definition.prototype)
(field_declaration_list (declaration declarator: (_) @declarator) @definition.prototype)

(class_specifier name: (_) @name body: (_)) @definition.class
(struct_specifier name: (_) @name body: (_)) @definition.struct
(union_specifier name: (_) @name body: (_)) @definition.union
(enum_specifier name: (_) @name body: (_)) @definition.enum
(template_declaration (class_specifier name: (_) @name body: (_))) @definition.class
(template_declaration (struct_specifier name: (_) @name body: (_))) @definition.struct

(namespace_definition name: (_) @name) @definition.namespace
(concept_definition name: (_) @name) @definition.type
(alias_declaration name: (_) @name) @definition.type
; Of `typedef struct tag {…} name` both are names of the whole.
(type_definition type: (struct_specifier name: (type_identifier) @name body: (_))) @definition.struct
(type_definition type: (union_specifier name: (type_identifier) @name body: (_))) @definition.union
(type_definition type: (enum_specifier name: (type_identifier) @name body: (_))) @definition.enum
(type_definition
  type: (struct_specifier !name body: (_)) declarator: (type_identifier) @name) @definition.struct
(type_definition
  type: (union_specifier !name body: (_)) declarator: (type_identifier) @name) @definition.union
(type_definition
  type: (enum_specifier !name body: (_)) declarator: (type_identifier) @name) @definition.enum
(type_definition declarator: (_) @declarator) @definition.type

(preproc_function_def name: (identifier) @name) @definition.macro
(preproc_def name: (identifier) @name value: (_)) @definition.macro
