"""Questions about the package `requests` 2.34, each with the micro-tools that answer it.

Eleven for each tool, in words of a user. Where two tools lead to the answer in one step,
both are named. Written before any model was asked about them.
"""

from typing import Final

_D: Final = frozenset({"definition"})
_R: Final = frozenset({"references"})
_G: Final = frozenset({"grep"})
_O: Final = frozenset({"outline"})
_L: Final = frozenset({"slice"})
_S: Final = frozenset({"search"})
_D_OR_S: Final = frozenset({"definition", "search"})

QUESTIONS: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    # What a name is.
    ("Where is the class PreparedRequest defined?", _D),
    ("Show me the function merge_setting", _D),
    ("What parameters does Session.request take?", _D),
    ("What does should_strip_auth return?", _D),
    ("Show the body of HTTPAdapter.cert_verify", _D),
    ("Which base class does TooManyRedirects have?", _D),
    ("How is super_len implemented?", _D),
    ("What is the default of max_retries in HTTPAdapter?", _D | _G),
    ("Let me see CaseInsensitiveDict", _D),
    ("What is DEFAULT_REDIRECT_LIMIT set to?", _D | _G),
    ("Explain what get_netrc_auth does", _D),
    # Where a name is used.
    ("Who calls merge_hooks?", _R),
    ("Where is extract_cookies_to_jar used?", _R),
    ("Find all usages of to_native_string", _R),
    ("Which functions use guess_json_utf?", _R),
    ("Where do we call get_encoding_from_headers?", _R),
    ("List the callers of resolve_proxies", _R),
    ("Where is InvalidURL raised?", _R | _G),
    ("Is default_headers used anywhere?", _R),
    ("What would break if I remove rewind_body?", _R),
    ("Show every place that references REDIRECT_STATI", _R | _G),
    ("Which code instantiates HTTPAdapter?", _R | _G),
    # Where a text is.
    ('Where does the text "Invalid URL" appear?', _G),
    ('Which line has the message "Exceeded 30 redirects"?', _G),
    ('Find the string "application/json"', _G),
    ("Are there any TODO comments?", _G),
    ('Where is the warning "Unverified HTTPS request" written?', _G),
    ('Which file contains the words "No connection adapters were found"?', _G),
    ("Find the header literal 'Proxy-Authorization'", _G),
    ('Look for the comment "# Bypass if not a dictionary"', _G),
    ('Where do we write "Transfer-Encoding"?', _G),
    ("Search the exact phrase 'must be a 2-tuple'", _G),
    ('Which lines contain "urllib3.exceptions"?', _G),
    # What is in a file.
    ("What does requests/sessions.py contain?", _O),
    ("List the functions in requests/utils.py", _O),
    ("Give me an overview of requests/adapters.py", _O),
    ("Which classes are in requests/auth.py?", _O),
    ("What is in the file requests/cookies.py?", _O),
    ("Show the structure of requests/models.py", _O),
    ("Which exceptions does requests/exceptions.py define?", _O),
    ("Summarise requests/hooks.py", _O),
    ("What methods are there in requests/structures.py?", _O),
    ("Outline requests/api.py", _O),
    ("Which helpers does requests/_internal_utils.py have?", _O),
    # Some lines of a file.
    ("Show lines 100 to 120 of requests/models.py", _L),
    ("Print requests/utils.py lines 1-40", _L),
    ("What is on line 85 of requests/adapters.py?", _L),
    ("Show me requests/sessions.py from line 186 to line 220", _L),
    ("Read lines 20 through 50 in requests/auth.py", _L),
    ("What stands in requests/api.py between lines 10 and 30?", _L),
    ("Open requests/cookies.py at line 60", _L),
    ("Display the first 25 lines of requests/hooks.py", _L),
    ("I need lines 300 to 330 of requests/utils.py", _L),
    ("Line 12 of requests/certs.py, please", _L),
    ("Show requests/help.py, lines 40 to 70", _L),
    # What does something, where no name is known.
    ("How are redirects followed?", _S),
    ("Which code decides whether a proxy is bypassed?", _S),
    ("How does the library guess the encoding of a response?", _S),
    ("Where are cookies merged into a request?", _S),
    ("How is basic authentication encoded?", _S),
    ("What happens when the server sends a 401?", _S | _G),
    ("How are files uploaded as multipart?", _S),
    ("Where is the content of a response decompressed or streamed?", _S),
    ("How is the timeout handed to the connection pool?", _S),
    ("Which part reads the netrc file?", _D_OR_S),
    ("How does it strip credentials on a redirect to another host?", _S),
)

UNSEEN: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    # Written after the rules and before they were tried on any of these; four for each tool.
    ("Where can I find HTTPDigestAuth?", _D),
    ("Signature of prepare_url?", _D),
    ("I want to read iter_content", _D),
    ("Docstring of `Response.raise_for_status`", _D),
    ("What depends on parse_header_links?", _R),
    ("Is unquote_unreserved still needed by anyone?", _R),
    ("Which modules import to_key_val_list?", _R),
    ("References to SessionRedirectMixin please", _R),
    ("grep for 'keep-alive'", _G),
    ('Somewhere it says "Cannot set verify_mode" - where?', _G),
    ("Any FIXME left?", _G),
    ('Occurrences of the literal "utf-8"', _G),
    ("What's inside requests/certs.py?", _O),
    ("requests/status_codes.py: which names are there?", _O),
    ("Table of contents for requests/compat.py", _O),
    ("Tell me the classes of requests/models.py", _O),
    ("requests/models.py lines 5 to 9", _L),
    ("The last 10 lines of requests/api.py", _L | _O),
    ("Show requests/utils.py:100-130", _L),
    ("Quote line 3 of requests/packages.py", _L),
    ("Is there code that retries a request when the body was partly read?", _S),
    ("Where do environment variables change the proxies?", _S),
    ("Which piece picks the right adapter for a URL?", _S),
    ("Can I see how chunked uploads are sent?", _S),
)
