(preproc_include) @import

(function_definition declarator: (_)) @definition.function
; Prototypes: what a header has instead of bodies.
(translation_unit (declaration declarator: (_) @declarator) @definition.prototype)
(preproc_ifdef (declaration declarator: (_) @declarator) @definition.prototype)
(preproc_if (declaration declarator: (_) @declarator) @definition.prototype)
(preproc_elif (declaration declarator: (_) @declarator) @definition.prototype)
(preproc_else (declaration declarator: (_) @declarator) @definition.prototype)
(linkage_specification (declaration declarator: (_) @declarator) @definition.prototype)
(declaration_list (declaration declarator: (_) @declarator) @definition.prototype)

(struct_specifier name: (type_identifier) @name body: (_)) @definition.struct
(union_specifier name: (type_identifier) @name body: (_)) @definition.union
(enum_specifier name: (type_identifier) @name body: (_)) @definition.enum

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
