"""What code calls the things that people ask for.

People ask to "remove an element"; code says `del items[i]`. The table maps a word of
a question to the words that code has in its place, and `related_words` adds what can
be derived from any word: abbreviations (`param` of `parameter`) and words of the same
family (`connect` of `connection`). All of them count for less than the word itself.

The table is written by hand, for programming in general: nothing in it is about one
project or library.
"""

from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import Final

import numpy as np

from nanobot_indexer.fingerprint.hashing import LANE_BYTES
from nanobot_indexer.fingerprint.stem import stemmed_sizes

SYNONYM_WEIGHT: Final = 0.2
ABBREVIATION_WEIGHT: Final = 0.15
FAMILY_WEIGHT: Final = 0.3

_ABBREVIATION_SIZES: Final = range(4, 7)
_ABBREVIATED_SIZE_MIN: Final = 6
_ROOT_SIZE_MIN: Final = 4

# Endings that make a word of the same family, longest first.
_ENDINGS: Final = (
    "ization", "ication", "ation", "ional", "ance", "ator", "ence", "izer", "able", "ment",
    "ifi", "ion", "ity", "ive", "al", "at", "er", "iz", "ly", "or", "y",
)  # fmt: skip

# As the stemmer leaves them. More of them find nothing more, and take time.
_FAMILY_ENDINGS: Final = ("e", "ion", "er", "or")

_TABLE: Final = """
absolute: abs
add: append insert push register plus
address: addr host ip
allow: enable can permit
append: add push extend
application: app
argument: arg args kwargs param argv
array: arr np ndarray
asynchronous: async await
attribute: attr getattr setattr hasattr prop
authenticate: auth login
authentication: auth login
authorization: auth permission
available: has exists can
average: mean avg
begin: start
binary: bytes bin
boolean: bool flag
buffer: buf
build: make create construct
button: btn
byte: bytes buf
cache: memo lru
calculate: calc compute get
call: invoke run func
callable: func call fn callback
callback: cb func handler on
certificate: cert ssl
change: update set modify alter
character: char ch ord chr
check: is has verify valid validate assert test
checksum: hash crc digest
child: sub
class: cls type klass
clear: reset flush del
close: shutdown finish end
column: col field
combine: merge join concat
command: cmd
compare: cmp eq equal diff lt
compress: zip gzip zlib
compute: calc calculate
concatenate: join concat cat
concurrent: parallel thread
configuration: config cfg conf
configure: config setup cfg conf option
connection: conn connect
construct: init new cls build make classmethod
constructor: init new cls
contain: has in include
context: ctx
convert: to from as cast coerce
coordinate: x y point
copy: clone dup duplicate
count: num n len number total
create: new make init build factory setup
current: cur curr this now
database: db connection alias
date: datetime day
decode: encoding text str unquote
decorator: wrap wrapper wraps
default: fallback
delete: del remove drop rm unlink
deprecated: warn warning
description: desc doc
deserialize: load decode from parse
destination: dest dst target
determine: is has
dictionary: dict map mapping
difference: diff delta
directory: dir path folder mkdir dirname
disable: off no
discard: remove drop del
dispatch: handle route call
display: show print repr render
distinct: unique
divide: div
document: doc
documentation: doc help
duplicate: copy dup unique
duration: timedelta time delay
edge: e
element: elem item el
empty: null none clear blank
enable: allow on
encode: encoding bytes dump quote
end: stop finish close last
ensure: check assert must
environment: env environ
equal: eq compare cmp same
erase: clear delete
error: err exc exception raise fail
escape: quote html
event: evt on
exception: exc error except raise err traceback
execute: exec run call
exist: has found
exit: quit close
expression: expr
extension: ext suffix
fail: error exc
failure: fail error exc
fetch: get retrieve load
field: column attr
file: path fp open filename fname
filename: path fname file name
filter: where exclude select
find: search get lookup
finish: end done complete close
float: double real
folder: dir directory path
form: html
format: fmt str template
fraction: ratio rational
function: func fn call def callback
generate: yield gen make create
generator: yield gen
get: fetch retrieve load
graph: g
handle: process on handler
hash: digest md5 sha
header: head meta
height: h size
hidden: hide
hook: callback on
identifier: id name key ident
identify: id
ignore: skip exclude
image: img
implement: notimplementederror
include: contain add
index: idx i pos
information: info
initialise: init setup start
initialize: init setup start
input: in stdin read
insert: add put
install: setup
instance: obj cls self isinstance
integer: int
invalid: error valid bad
invoke: call run apply
item: elem entry
iterable: iter
iterate: iter next
iterator: iter next
join: concat merge
key: name id
keyword: kw kwargs
label: name title
language: lang locale
length: len size
level: lvl depth
library: lib
line: row
link: url href
list: append items seq sequence
load: read import open parse
location: loc path pos place
lock: acquire mutex
log: logger logging debug
lookup: get find resolve
loop: iter
lowercase: lower
make: create build new
mapping: dict map
match: pattern search re
matrix: mat
maximum: max limit
memory: mem
merge: update combine join
message: msg
metadata: meta
method: func meth
minimum: min
missing: none null default
modify: change update set
module: mod import
multiply: mul product times
name: label title id
nested: inner recurse
network: net socket
next: iter
node: vertex
none: null
number: num count int n size len
numeric: number float int
object: obj instance
obtain: get fetch
open: file
operand: op
operation: op
operator: op
option: opt flag arg
optional: none
order: sort by
original: orig old
output: out stdout write print
override: notimplementederror
package: pkg module
pair: tuple items zip
parameter: param arg kwargs
parent: super base
parse: parser read split load tokenize
parser: parse
password: passwd hash
path: file dir filename
pattern: regex re match
percent: pct
permission: perm access allow
pointer: ptr
port: host
position: pos index offset
prefix: startswith
prevent: avoid block disable
previous: prev last old
print: display write show repr
process: proc handle run pid
produce: yield make
property: prop attr
query: sql select search
raise: error exception throw
random: rand shuffle choice seed
read: load recv open
record: row
recursive: walk recurse
recursively: walk recurse
reference: ref
regex: re pattern
register: add
regular: regex re
relative: rel
remove: del delete pop clear discard strip drop
repeat: loop times
replace: sub substitute swap
represent: repr str
representation: repr str format
request: req
response: resp res reply
result: res ret out
retrieve: get fetch load read pop
return: get rv ret result
reverse: reversed invert backward
row: line record
run: execute exec call main start
save: write store dump
search: find match query
secure: ssl https
select: filter choose query
sequence: seq list tuple iter
serialize: dump encode to json pickle write
server: srv host
show: display print
signal: sig
size: len length n
skip: ignore continue
socket: sock
sort: order sorted key
source: src
space: whitespace indent
specific: spec
specification: spec
split: partition parse separator
start: begin run init first
statement: stmt
statistics: stat
status: state code
stop: end close cancel shutdown
store: save set put cache
stream: io file
string: str text
subclass: cls child derived implement notimplementederror override
subtract: sub
suffix: endswith ext
support: can has supports
synchronous: sync
table: model
target: dest dst
temporary: temp tmp
terminate: kill stop close exit
test: is check assert
text: str string
thread: threading lock
time: date now timeout
timestamp: time date datetime
token: tok lexer
transform: convert map apply
translate: gettext trans
translation: gettext trans i18n
tree: node
trim: strip
true: bool is
tuple: pair
type: cls kind isinstance
unique: distinct set
update: set refresh merge change
uppercase: upper
uri: url
url: uri link href path
user: username auth
utilities: util
utility: util helper
validate: check valid clean verify
value: val
variable: var name
verify: check assert valid
version: ver
vertex: node v
wait: sleep timeout join block delay
warn: warning
warning: warn deprecated
weight: w
whether: is has bool can
whitespace: strip space
width: w size
wrap: wrapper decorator
wrapper: wrap
write: dump save output put
zero: null empty
"""


@lru_cache(maxsize=1)
def _synonyms() -> MappingProxyType[str, tuple[str, ...]]:
    # At the first search, not at import: a process that never searches does not pay.
    lines = [line.replace(":", "").split() for line in _TABLE.strip().splitlines()]
    stems = iter(_stems([word for line in lines for word in line]))
    words_by_stem: dict[str, dict[str, None]] = {}
    for line in lines:
        word, *others = islice(stems, len(line))
        # Two words may share a stem.
        words_by_stem.setdefault(word, {}).update(dict.fromkeys(others))
    return MappingProxyType({word: tuple(others) for word, others in words_by_stem.items()})


def _stems(words: list[str]) -> list[str]:
    """Return the stem of each word. One call for all: it costs as much as for one."""
    gap = " " * LANE_BYTES
    padded = np.frombuffer((gap + " ".join(words) + gap).encode(), np.uint8).copy()
    sizes = np.array([len(word) for word in words], np.int64)
    starts = LANE_BYTES + np.cumsum(sizes + 1) - (sizes + 1)
    stem_sizes = stemmed_sizes(padded, starts, sizes)
    text = padded.tobytes().decode()
    places = zip(starts.tolist(), stem_sizes.tolist(), strict=True)
    return [text[start : start + size] for start, size in places]


@lru_cache(maxsize=8192)
def related_words(word: str) -> tuple[tuple[str, float], ...]:
    """Return the words that code may have where a question has `word`.

    Args:
        word: A stem, in small letters.

    Returns:
        Stems and what each counts for, less than 1. Without `word`, each stem once,
        in a fixed order. Empty for what is no plain English word.
    """
    if not (word.isascii() and word.isalpha()):
        return ()
    weights: dict[str, float] = {}

    def add(other: str, weight: float) -> None:
        if other != word:
            weights[other] = max(weight, weights.get(other, 0.0))

    for other in _synonyms().get(word, ()):
        add(other, SYNONYM_WEIGHT)
    if len(word) >= _ABBREVIATED_SIZE_MIN:
        for size in _ABBREVIATION_SIZES:
            if size < len(word):
                add(word[:size], ABBREVIATION_WEIGHT)
    for other in _family(word):
        add(other, FAMILY_WEIGHT)
    return tuple(weights.items())


def _family(word: str) -> list[str]:
    root = word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _ROOT_SIZE_MIN:
            root = word[: -len(ending)]
            break
    if len(root) < _ROOT_SIZE_MIN:
        return []
    return [root, *(root + ending for ending in _FAMILY_ENDINGS)]
