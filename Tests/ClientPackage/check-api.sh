#!/usr/bin/env bash
# Proves that no C type shows through the public API: a probe that names C types next to the
# library must not compile, the same probe without them must, and no public declaration of the
# library mentions a C module.
set -euo pipefail
cd "$(dirname "$0")/../.."
swift build --product cyclograd >/dev/null
modules=$(swift build --show-bin-path)
flags=(-typecheck -swift-version 6 -I "$modules/Modules")
for module in CKLU CUMFPACK CCHOLMOD COpenBLAS CARPACK CZlib; do
  flags+=(-Xcc "-fmodule-map-file=$PWD/Sources/$module/module.modulemap")
done
flags+=(-Xcc "-fmodule-map-file=$PWD/Sources/CKernels/include/module.modulemap")
yaml=$(find .build/checkouts/Yams -path '*CYaml*' -name module.modulemap | head -n 1)
flags+=(-Xcc "-fmodule-map-file=$PWD/$yaml")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/clean.swift" <<'PROBE'
import Cyclograd
let backend: GradientBackend = .direct
PROBE
swiftc "${flags[@]}" "$work/clean.swift"

for type in klu_common umfpack_di_symbolic cholmod_common cblas_ddot dnaupd_c; do
  printf 'import Cyclograd\nlet probe = %s.self\n' "$type" > "$work/probe.swift"
  [ "$type" = cblas_ddot ] && printf 'import Cyclograd\nlet probe = %s\n' "$type" > "$work/probe.swift"
  if swiftc "${flags[@]}" "$work/probe.swift" 2>/dev/null; then
    echo "the C name $type can be seen by whoever imports Cyclograd" >&2
    exit 1
  fi
done

for module in Cyclograd CyclogradFormats; do
  swift symbolgraph-extract -module-name "$module" -I "$modules/Modules" \
    -target "$(swift -print-target-info | sed -n 's/.*"triple": "\(.*\)",/\1/p' | head -n 1)" \
    -minimum-access-level public -output-dir "$work" "${flags[@]:5}"
  if grep -oE '"(klu|umfpack|cholmod|SuiteSparse)_[a-zA-Z_]*"' "$work/$module.symbols.json"; then
    echo "the public API of $module mentions a C type" >&2
    exit 1
  fi
done
echo "no C type shows through the public API"
