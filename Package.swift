// swift-tools-version:6.3
import PackageDescription

/// UMFPACK and parts of CHOLMOD are GPL-2.0-or-later. Building without this trait leaves both out;
/// KLU (LGPL) and dense LAPACK then do all factorizations.
let gpl: TargetDependencyCondition? = .when(traits: ["GPLSolvers"])

/// The distributed engine and its program. Without this trait neither PETSc nor MPI is looked for.
let petsc: TargetDependencyCondition? = .when(traits: ["PETSc"])

/// Bounds by linear programs. Without this trait Clp is not looked for.
let clp: TargetDependencyCondition? = .when(traits: ["Clp"])

/// `.ci/release` says which commit it builds; any other build calls itself a development build.
let commit: [CSetting] =
  Context.environment["CYCLOGRAD_COMMIT"].map { commit in
    [.define("CYCLOGRAD_COMMIT", to: "\"\(commit)\"")]
  } ?? []

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
]

/// Programs that show how the library is used; the tests run them.
let examples: [Target] = [
  "FirstSteps", "OwnTopology", "TimeCourse", "Connectome", "OwnBackend", "OwnFormat", "OwnLoss",
  "Server",
].map { name in
  .executableTarget(
    name: "\(name)Example", dependencies: ["Cyclograd", "CyclogradFormats"],
    path: "Sources/Examples/\(name)", swiftSettings: settings)
}

let package = Package(
  name: "cyclograd",
  products: [
    .library(name: "Cyclograd", targets: ["Cyclograd"]),
    .library(name: "CyclogradFormats", targets: ["CyclogradFormats"]),
    .library(name: "cyclograd-c", type: .dynamic, targets: ["CyclogradABI"]),
    .executable(name: "cyclograd", targets: ["CyclogradProgram"]),
    .executable(name: "cyclograd-mpi", targets: ["CyclogradMPIProgram"]),
    .executable(name: "cyclograd-bench", targets: ["CyclogradBench"]),
  ],
  traits: [
    .trait(
      name: "GPLSolvers",
      description: "Link UMFPACK and CHOLMOD, parts of which are GPL-2.0-or-later."),
    .trait(
      name: "PETSc",
      description: "Build cyclograd-mpi, for networks spread over processes, with PETSc and MPI."),
    .trait(
      name: "Clp", description: "Bound outputs by linear programs as well, with Clp (EPL-1.0)."),
    .default(enabledTraits: ["GPLSolvers"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"),
    .package(url: "https://github.com/swhitty/FlyingFox", exact: "0.27.1"),
  ],
  targets: [
    .systemLibrary(name: "CKLU", providers: [.apt(["libsuitesparse-dev"])]),
    .systemLibrary(name: "CUMFPACK", providers: [.apt(["libsuitesparse-dev"])]),
    .systemLibrary(name: "CCHOLMOD", providers: [.apt(["libsuitesparse-dev"])]),
    .systemLibrary(name: "CClp", providers: [.apt(["coinor-libclp-dev"])]),
    .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CARPACK", providers: [.apt(["libarpack2-dev"])]),
    .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CPETSc", pkgConfig: "petsc", providers: [.apt(["petsc-dev"])]),
    .systemLibrary(name: "CMPI", pkgConfig: "mpi-c", providers: [.apt(["libopenmpi-dev"])]),
    .systemLibrary(name: "CCyclogradABI"),
    .target(name: "CKernels"),
    .target(name: "CBuild", cSettings: commit),
    .target(
      name: "SparseAlgebra",
      dependencies: [
        "CARPACK", "CKernels", "CKLU", "COpenBLAS",
        .target(name: "CUMFPACK", condition: gpl), .target(name: "CCHOLMOD", condition: gpl),
        .target(name: "CClp", condition: clp),
      ],
      swiftSettings: settings),
    .target(name: "Cyclograd", dependencies: ["SparseAlgebra"], swiftSettings: settings),
    .target(
      name: "CyclogradFormats",
      dependencies: ["CSQLite", "CZlib", "Cyclograd", .product(name: "Yams", package: "Yams")],
      swiftSettings: settings),
    .target(name: "CyclogradReports", dependencies: ["Cyclograd"], swiftSettings: settings),
    .target(
      name: "CPETScEngine",
      dependencies: [
        .target(name: "CPETSc", condition: petsc), .target(name: "CMPI", condition: petsc),
      ],
      cSettings: [.define("CYCLOGRAD_PETSC", .when(traits: ["PETSc"]))]),
    .target(
      name: "CyclogradDistributed",
      dependencies: [
        "Cyclograd", "CyclogradFormats", "SparseAlgebra",
        .target(name: "CPETScEngine", condition: petsc),
      ],
      swiftSettings: settings),
    .target(
      name: "CyclogradABI",
      dependencies: ["CCyclogradABI", "Cyclograd", "CyclogradFormats", "CyclogradReports"],
      swiftSettings: settings),
    .target(
      name: "CyclogradCommand",
      dependencies: [
        "CBuild", "Cyclograd", "CyclogradFormats", "CyclogradReports", "SparseAlgebra",
        .target(name: "CyclogradDistributed", condition: petsc),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "FlyingFox", package: "FlyingFox"),
        .product(name: "FlyingSocks", package: "FlyingFox"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "CyclogradProgram", dependencies: ["CyclogradCommand"],
      path: "Sources/Programs/cyclograd", swiftSettings: settings),
    .executableTarget(
      name: "CyclogradMPIProgram",
      dependencies: [.target(name: "CyclogradCommand", condition: petsc)],
      path: "Sources/Programs/cyclograd-mpi", swiftSettings: settings),
    .executableTarget(
      name: "CyclogradBench",
      dependencies: [
        "CKLU", "Cyclograd", "CyclogradFormats", "CyclogradReports",
        .target(name: "CUMFPACK", condition: gpl),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      resources: [.copy("Peers")], swiftSettings: settings),
    // Random numbers and tags that all tests share.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
    .testTarget(
      name: "SparseAlgebraTests", dependencies: ["SparseAlgebra", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "CyclogradTests", dependencies: ["Cyclograd", "TestSupport"],
      resources: [.process("Resources")], swiftSettings: settings),
    .testTarget(
      name: "CyclogradFormatsTests", dependencies: ["CSQLite", "CyclogradFormats", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "CyclogradReportsTests", dependencies: ["CyclogradReports", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "CyclogradABITests",
      dependencies: ["CCyclogradABI", "Cyclograd", "CyclogradABI", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "CyclogradCommandTests",
      dependencies: [
        "CSQLite", "CyclogradCommand", "CyclogradFormats", "CyclogradProgram", "CyclogradReports",
        "TestSupport", .product(name: "FlyingSocks", package: "FlyingFox"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "CyclogradBenchTests", dependencies: ["CyclogradBench", "TestSupport"],
      swiftSettings: settings),
  ] + examples
)
