// swift-tools-version:6.2
import PackageDescription

// Fuzz targets of all readers; built with --sanitize=fuzzer, see run.sh.
let package = Package(
  name: "fuzzing",
  dependencies: [.package(name: "cyclograd", path: "../..")],
  targets: [
    .target(name: "Allocations"),
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "Allocations",
        .product(name: "Cyclograd", package: "cyclograd"),
        .product(name: "CyclogradFormats", package: "cyclograd"),
      ],
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]),
  ]
)
