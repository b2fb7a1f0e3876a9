import Cyclograd
import CyclogradFormats
import Foundation
import Testing

@Suite("Data files of any kind become matrices")
struct DataFileTests {
  private let folder: TemporaryFolder
  private let npy: [UInt8]

  init() throws {
    folder = try TemporaryFolder()
    try NumpyFile.write(Matrix([[1, 2, 3], [4, 5, 6]]), to: folder("a.npy"))
    npy = Array(try Data(contentsOf: URL(fileURLWithPath: folder("a.npy"))))
  }

  @Test func numpyIsKnownByItsFirstBytes() throws {
    let path = try folder.write(npy, "a.csv")
    #expect(try DataFile.read(path).matrix == Matrix([[1, 2, 3], [4, 5, 6]]))
    #expect(
      try DataFile.read(path, columns: ColumnSelection("2,0")).matrix == Matrix([[3, 1], [6, 4]]))
  }

  @Test func theExtensionNpyIsTakenAtItsWord() throws {
    let path = try folder.write("1,2\n", "b.npy")
    #expect(throws: CyclogradError.self) { try DataFile.read(path) }
  }

  @Test func vectorsBecomeAColumnOrARow() throws {
    let path = try folder.write(NumpyBytes.make("<f8", "(2,)", [1.0, 2.0]), "v.npy")
    #expect(try DataFile.read(path).matrix == Matrix([[1], [2]]))
    #expect(try DataFile.read(path, vectors: .row).matrix == Matrix([[1, 2]]))
    let scalar = try folder.write(NumpyBytes.make("<f8", "()", [7.0]), "s.npy")
    #expect(try DataFile.read(scalar).matrix == Matrix([[7]]))
  }

  @Test func arraysWithoutSamplesAreRefused() throws {
    for shape in ["(0, 3)", "(3, 0)", "(0,)"] {
      let path = try folder.write(NumpyBytes.make("<f8", shape, [Double]()), "e.npy")
      let error = #expect(throws: CyclogradError.self) { try DataFile.read(path) }
      #expect(error?.message.contains("no samples") == true)
    }
  }

  @Test func nonFiniteElementsAreNamedByTheirPlaceInTheFile() throws {
    let path = try folder.write(NumpyBytes.make("<f8", "(1, 3)", [1, 2, Double.nan]), "n.npy")
    let error = #expect(throws: CyclogradError.self) {
      try DataFile.read(path, columns: ColumnSelection("last:2"))
    }
    #expect(error?.location.subject == "element [0, 2]")
    #expect(error?.code == .invalidValue)
    #expect(try DataFile.read(path, columns: ColumnSelection("0")).matrix == Matrix([[1]]))
    #expect(try DataFile.read(path, allowNonFinite: true).matrix.elements[2].isNaN)
  }

  @Test func missingFilesAndFoldersAreNamed() throws {
    let missing = #expect(throws: CyclogradError.self) { try DataFile.read(folder("none.csv")) }
    #expect(missing?.code == .file)
    #expect(missing?.location.file == folder("none.csv"))
    #expect(throws: CyclogradError.self) { try DataFile.read(folder.path) }
  }

  @Test func csvComesBackBitForBit() throws {
    var random = TestRandom(4)
    var elements = (0..<3000).map { _ in Double(bitPattern: random.next()) }
    elements[0] = -0.0
    elements[1] = .leastNonzeroMagnitude
    elements = elements.map { $0.isNaN ? .nan : $0 }
    let matrix = Matrix(rows: 1000, columns: 3, elements: elements)
    let header = ["#a", "b, \"c\"", " "]
    try CSVFile.write(header: header, matrix: matrix, to: folder("t.csv"))
    let table = try DataFile.read(folder("t.csv"), allowNonFinite: true)
    #expect(table.columnNames == header)
    #expect(table.matrix.elements.map(\.bitPattern) == elements.map(\.bitPattern))
    try CSVFile.write(header: nil, matrix: Matrix([[1], [2]]), to: folder("u.csv"))
    #expect(try folder.content("u.csv") == "1.0\n2.0\n")
  }

  @Test(arguments: ["x;y", "", "a b", "\"", "#", "ü\tt", "plain"])
  func singleNamesComeBack(_ name: String) throws {
    try CSVFile.write(header: [name], matrix: Matrix([[1]]), to: folder("n.csv"))
    #expect(try DataFile.read(folder("n.csv")).columnNames == [name])
  }

  @Test func unsuitableHeadersAreRefused() throws {
    for header in [["a"], ["a", "b\nc"], []] {
      #expect(throws: CyclogradError.self) {
        try CSVFile.write(header: header, matrix: Matrix([[1, 2]]), to: folder("h.csv"))
      }
    }
    #expect(try folder.names == ["a.npy"])
  }
}
