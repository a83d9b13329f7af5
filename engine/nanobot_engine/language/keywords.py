"""Words that can not be names, and names that much code outside of a workspace has."""

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


JAVASCRIPT: Final = _words("""
    await break case catch class const continue debugger default delete do else enum export
    extends false finally for function if implements import in instanceof interface let new
    null package private protected public return static super switch this throw true try
    typeof var void while with yield
""")
GO: Final = _words("""
    break case chan const continue default defer else fallthrough for func go goto if import
    interface map package range return select struct switch type var
""")
GO_ASKED_FOR: Final = _words("""
    Close Error Format GoString Is As Len Less MarshalBinary MarshalJSON MarshalText Pop Push
    Read ReadAt ReadByte ReadFrom ReadRune Scan Seek ServeHTTP String Swap UnmarshalBinary
    UnmarshalJSON UnmarshalText UnreadByte UnreadRune Unwrap Value Write WriteAt WriteByte
    WriteString WriteTo
""")
"""Methods of the interfaces that the standard library knows types by."""
RUST: Final = _words("""
    Self abstract as async await become box break const continue crate do dyn else enum extern
    false final fn for gen if impl in let loop macro match mod move mut override priv pub ref
    return self static struct super trait true try type typeof unsafe unsized use virtual where
    while yield
""")
JAVA: Final = _words("""
    _ abstract assert boolean break byte case catch char class const continue default do double
    else enum extends false final finally float for goto if implements import instanceof int
    interface long native new null package private protected public return short static
    strictfp super switch synchronized this throw throws transient true try void volatile while
""")
C: Final = _words("""
    _Alignas _Alignof _Atomic _Bool _Complex _Generic _Imaginary _Noreturn _Static_assert
    _Thread_local alignas alignof auto bool break case char const constexpr continue default do
    double else enum extern false float for goto if inline int long nullptr register restrict
    return short signed sizeof static static_assert struct switch thread_local true typedef
    typeof typeof_unqual union unsigned void volatile while
""")
CPP: Final = C | _words("""
    and and_eq asm bitand bitor catch char16_t char32_t char8_t class co_await co_return
    co_yield compl concept const_cast consteval constinit decltype delete dynamic_cast explicit
    export friend mutable namespace new noexcept not not_eq operator or or_eq private protected
    public reinterpret_cast requires static_cast template this throw try typeid typename using
    virtual wchar_t xor xor_eq
""")

COMMON_MEMBERS: Final = _words("""
    addEventListener appendChild charAt charCodeAt childNodes className createElement
    dispatchEvent endsWith equalsIgnoreCase flatMap forEach fromEntries getAttribute getClass
    getElementById getItem getName getTime getValue hasOwnProperty hashCode innerHTML indexOf
    isArray isEmpty keySet lastIndexOf localeCompare nodeName nodeType padEnd padStart
    parentNode preventDefault querySelector readFile readFileSync removeChild replaceAll
    setAttribute setItem startsWith stopPropagation textContent toFixed toISOString toJSON
    toLowerCase toString toUpperCase trimEnd trimStart valueOf writeFile writeFileSync
    as_mut as_ref as_str into_iter is_empty is_none is_some to_string to_owned to_vec
    unwrap_or push_back emplace_back max_size
""")
"""Of more than one word: an access is no sign of a type of the workspace."""
