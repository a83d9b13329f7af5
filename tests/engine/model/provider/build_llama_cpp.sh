#!/bin/bash
# Usage: build_llama_cpp.sh DIR [PYTHON]. Put llama-cpp-python into DIR, for PYTHONPATH.
# Only its source is on PyPI. Compiled is what a worker needs and nothing else: no tools,
# no server, no pictures. Done already, it returns at once; two at a time wait for each other.
set -euo pipefail

target=$1
python=${2:-python3}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lock_file=$here/../../../../requirements.lock
version=$(sed -n 's/^llama_cpp_python==//p' "$lock_file")
mkdir -p "$target"
exec 9>"$target/lock"
flock 9
[ "$(cat "$target/version" 2>/dev/null)" = "$version" ] && exit 0

work=$(mktemp -d "$target/build.XXXXXX")
trap 'rm -rf "$work"' EXIT
# The package forces llama.cpp's common library on, which it neither uses nor ships; a plain
# variable of the same name hides that.
echo 'set(LLAMA_BUILD_COMMON OFF)' >"$work/less.cmake"
case $(uname -m) in
  x86_64) cpu="-DGGML_NATIVE=OFF -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON -DGGML_BMI2=ON" ;;
  *) cpu="" ;;
esac
export CMAKE_ARGS="-DCMAKE_PROJECT_INCLUDE=$work/less.cmake -DLLAVA_BUILD=OFF $cpu \
  -DLLAMA_BUILD_TOOLS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF \
  -DLLAMA_BUILD_TESTS=OFF -DLLAMA_OPENSSL=OFF -DGGML_LLAMAFILE=OFF -DGGML_CPU_REPACK=OFF"
export CMAKE_BUILD_PARALLEL_LEVEL=2 PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1
# numpy and typing_extensions are in every environment that has nanobot.
nice -n 10 "$python" -m pip install --quiet --no-deps --constraint "$lock_file" \
  --no-binary llama-cpp-python --target "$work/site" \
  llama-cpp-python diskcache jinja2 markupsafe
rm -rf "$work/site/lib" "$target/site"
mv "$work/site" "$target/site"
echo "$version" >"$target/version"
