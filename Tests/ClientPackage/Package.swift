// swift-tools-version:6.2
import PackageDescription

// A package as a user would write it, which depends on the library by path.
let package = Package(
  name: "client",
  dependencies: [.package(name: "cyclograd", path: "../..")],
  targets: [
    .executableTarget(
      name: "client",
      dependencies: [
        .product(name: "Cyclograd", package: "cyclograd"),
        .product(name: "CyclogradFormats", package: "cyclograd"),
      ])
  ]
)
