import Cyclograd
import Foundation
import Testing

@testable import CyclogradFormats

@Suite("SciPy's files", .enabled(if: Python.hasSciPy, "python3 with scipy is not installed"))
struct SciPyTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func sparseMatricesOfSciPyAreRead() throws {
    let program = """
      import sys, numpy as np, scipy.sparse as s
      f = sys.argv[1]
      m = s.random(37, 53, 0.1, random_state=1)
      s.save_npz(f + '/bsr.npz', s.bsr_matrix(np.ones((4, 4))))
      s.save_npz(f + '/dia.npz', s.dia_matrix(np.eye(4)))
      s.save_npz(f + '/wide.npz', s.coo_matrix((m.data, (m.row.astype('i8'), m.col.astype('i8')))))
      for kind in 'csr', 'csc', 'coo':
        a = m.asformat(kind)
        for compressed in True, False:
          s.save_npz(f + f'/{kind}-{compressed}.npz', a, compressed)
        if kind != 'coo':
          a.indices = a.indices.astype('i8'); a.indptr = a.indptr.astype('i8')
        s.save_npz(f + f'/{kind}-64.npz', a)
        s.save_npz(f + f'/{kind}-array.npz', s.coo_array(m).asformat(kind))
        s.save_npz(f + f'/{kind}-f4.npz', m.asformat(kind).astype('f4').astype('f8'))
        np.savez(f + f'/{kind}-u.npz', format=kind, shape=(2, 3), data=[1, 2],
          **(dict(row=[0, 1], col=[2, 0]) if kind == 'coo' else
             dict(indices=[1, 0], indptr=[0, 1, 2] if kind == 'csr' else [0, 1, 1, 2])))
      np.savetxt(f + '/dense.txt', m.toarray(), fmt='%.17g')
      """
    try #require(Python.run(program, folder.path) != nil)
    let dense = try DataFile.read(folder("dense.txt")).matrix
    for kind in ["csr", "csc", "coo"] {
      for variant in ["True", "False", "64", "array"] {
        let matrix = try SparseNpzFile.read(folder("\(kind)-\(variant).npz"))
        #expect(Self.dense(matrix) == dense, "\(kind) \(variant)")
        #expect(try MatrixFile.read(folder("\(kind)-\(variant).npz")) == matrix)
      }
      #expect(try SparseNpzFile.read(folder("\(kind)-u.npz")).values == [1, 2])
    }
    for kind in ["bsr", "dia"] {
      #expect {
        try SparseNpzFile.read(folder("\(kind).npz"))
      } throws: {
        ($0 as? CyclogradError)?.message.contains(kind) == true
      }
    }
  }

  @Test(.tags(.slow), .unlessFast, arguments: [false, true])
  func sparseMatricesAreReadBySciPy(_ isCompressed: Bool) throws {
    let matrix = CoordinateMatrix(
      rows: 3, columns: 4, rowIndices: [2, 0, 0], columnIndices: [3, 2, 0],
      values: [0.1, -2.5, 1e300])
    try SparseNpzFile.write(matrix, to: folder("m.npz"), isCompressed: isCompressed)
    let program = """
      import sys, scipy.sparse as s
      m = s.load_npz(sys.argv[1])
      print(m.format, m.shape, m.indices.dtype, m.has_sorted_indices, m.has_canonical_format,
        m.indptr.tolist(), m.indices.tolist(), m.data.tolist())
      """
    #expect(
      Python.run(program, folder("m.npz"))
        == "csr (3, 4) int32 True True [0, 2, 2, 3] [0, 2, 3] [1e+300, -2.5, 0.1]\n")
    #expect(Self.dense(try SparseNpzFile.read(folder("m.npz"))) == Self.dense(matrix))
  }

  @Test(.tags(.slow), .unlessFast) func arraysOfNumPyAreReadAndOursAreReadBack() throws {
    let program = """
      import sys, numpy as np
      f = sys.argv[1]
      a = dict(x=np.arange(6.).reshape(2, 3), y=np.array(7, 'i2'), z=np.arange(4, dtype='>f4'),
        t=np.asfortranarray(np.arange(12.).reshape(3, 4)), big=np.zeros((2, 2, 2)))
      np.savez(f + '/a.npz', **a)
      np.savez_compressed(f + '/b.npz', **a)
      np.savez_compressed(f + '/one.npz', np.eye(2))
      """
    try #require(Python.run(program, folder.path) != nil)
    for name in ["a", "b"] {
      let file = try NpzFile.read(folder("\(name).npz"))
      #expect(file.names == ["x", "y", "z", "t", "big"])
      #expect(try file.array("x") == NumpyArray(shape: [2, 3], elements: [0, 1, 2, 3, 4, 5]))
      #expect(try file.array("y") == NumpyArray(shape: [], elements: [7]))
      #expect(try file.array("z").elements == [0, 1, 2, 3])
      #expect(try file.array("t").elements == (0..<12).map(Double.init))
      #expect(throws: CyclogradError.self) { try file.array("big") }
      #expect(throws: CyclogradError.self) { try file.array("none") }
    }
    #expect(
      try MatrixFile.read(folder("one.npz"))
        == CoordinateMatrix(
          rows: 2, columns: 2, rowIndices: [0, 1], columnIndices: [0, 1], values: [1, 1]))
    for isCompressed in [false, true] {
      try NpzFile.write(
        [
          ("a", NumpyArray(shape: [2, 2], elements: [1, 2, 3, .infinity])),
          ("é", NumpyArray(shape: [1], elements: [0.1])),
          ("none", NumpyArray(shape: [0], elements: [])),
        ], to: folder("c.npz"), isCompressed: isCompressed)
      let check = """
        import sys, numpy as np
        f = np.load(sys.argv[1]); print({k: f[k].tolist() for k in f})
        """
      #expect(
        Python.run(check, folder("c.npz"))
          == "{'a': [[1.0, 2.0], [3.0, inf]], 'é': [0.1], 'none': []}\n")
    }
  }

  @Test func gzipIsReadBothWays() throws {
    let matrix = CoordinateMatrix(
      rows: 2, columns: 3, rowIndices: [1, 0], columnIndices: [0, 2], values: [0.25, 3])
    try MatrixMarketFile.write(matrix, to: folder("m.mtx.gz"))
    let program = """
      import sys, scipy.io as io
      m = io.mmread(sys.argv[1]); print(m.toarray().tolist()); io.mmwrite(sys.argv[2], m)
      import gzip; gzip.open(sys.argv[2] + '.gz', 'wb').write(open(sys.argv[2], 'rb').read())
      """
    #expect(
      Python.run(program, folder("m.mtx.gz"), folder("n.mtx"))
        == "[[0.0, 0.0, 3.0], [0.25, 0.0, 0.0]]\n")
    #expect(Self.dense(try MatrixMarketFile.read(folder("n.mtx.gz"))) == Self.dense(matrix))
    #expect(try MatrixMarketFile.read(folder("m.mtx.gz")) == matrix)
  }

  private static func dense(_ entries: CoordinateMatrix) -> Matrix {
    var result = Matrix(rows: entries.rows, columns: entries.columns)
    for (index, value) in (entries.values ?? []).enumerated() {
      let place = Int(entries.rowIndices[index]) * entries.columns
      result.elements[place + Int(entries.columnIndices[index])] += value
    }
    return result
  }
}
