import Foundation
import TestSupport
import Testing

/// Mistakes that people make, and what the message has to say: what, where, and how to go on.
@Suite("Wrong calls are answered with what, where and how to go on", .tags(.slow), .unlessFast)
struct WrongCallTests {
  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("x.csv", "0.5,1\n-1,2\n")
    try scratch.write("t.csv", "1\n0\n")
    try scratch.write("both.csv", "0.5,1,1\n-1,2,0\n")
    try scratch.write("words.csv", "a,b,c\n1,2,x\n")
    try scratch.write("edges.csv", "source,target,weight\nALML,AVDL,1\n")
    try scratch.write("empty.yaml", "format: cyclograd/1\n")
    try scratch.write("nothing.yaml", "")
    try scratch.write(
      "rewire.yaml",
      """
      format: cyclograd-training/1
      graph: graphs/xor.yaml
      data: {file: x.csv, inputs: "0", targets: "1"}
      optimizer: adam
      rate: 0.01
      output: rewire.safetensors
      stages: [{rewire: {prune: 0.3, grow: 0}}]
      """)
    try scratch.write(
      "fit.yaml",
      """
      format: cyclograd-training/1
      graph: graphs/xor.yaml
      data: {file: both.csv, inputs: "0,1", targets: "2"}
      stages: [{fit: {readout: y}}]
      """)
    try scratch.write("broken.gml", "graph [\n")
    try scratch.write("broken.db", "SQLite format 3 and no more")
    try scratch.write("model.pt", "PK\u{3}\u{4}model/data.pkl")
    try scratch.write("book.xlsx", "PK\u{3}\u{4}xl/workbook.xml")
    return scratch
  }

  @Test(arguments: [
    // Of commands and options.
    (64, "slove graphs/xor.yaml", "no subcommand 'slove'; did you mean 'solve'?"),
    (64, "help slove", "did you mean 'solve'?"),
    (64, "report graphs/xor.yaml", "report has no subcommand 'graphs/xor.yaml'; known are inspect"),
    (64, "solve", "Missing expected argument '<graph>'"),
    (64, "solve graphs/xor.yaml x.csv", "Samples are given with --input FILE"),
    (64, "solve graphs/xor.yaml -i x.csv --thread 2", "Did you mean '--threads'?"),
    (64, "solve graphs/xor.yaml -i x.csv --tolerance abc", "'abc' is invalid for '--tolerance"),
    (64, "convert graphs/xor.yaml", "Missing expected argument '<out>'"),
    (64, "schema foo", "Unexpected argument 'foo'"),
    (64, "train --resume", "Missing expected argument '<file>'"),
    (1, "solve graphs/xor.yaml -i x.csv --tolerance 0", "give something like 1e-10"),
    (1, "solve graphs/xor.yaml -i x.csv --threads 0", "give at least 1"),
    (1, "solve graphs/xor.yaml -i x.csv --backend klux", "did you mean 'klu'?"),
    (1, "compare graphs/xor.yaml --backends klu,foo", "no backend named 'foo'; the backends are"),
    (1, "gradient graphs/xor.yaml -i x.csv --target t.csv --loss foo", "the losses are"),
    (1, "gradient graphs/xor.yaml -i x.csv", "give the targets of a loss with --target"),
    (1, "jacobian graphs/xor.yaml", "give a file with --input"),
    (1, "compare graphs/xor.yaml --backends klu --stopping printed", "none of the backends uses"),
    (
      1, "sparsify graphs/xor.yaml -i x.csv --keep 50% --fit none --readouts y -o o.yaml",
      "leave one of them out"
    ),
    (1, "find-rate fit.yaml", "add a stage 'train'"),
    (1, "evaluate graphs/xor.yaml", "give a file with --input, or a training file"),
    // Of files that are not there, or cannot be written.
    (1, "solve missing.yaml", "missing.yaml: cannot open the file"),
    (1, "solve graphs", "graphs: cannot read the file: Is a directory"),
    (1, "solve graphs/xor.yaml -i missing.csv", "missing.csv: cannot open the file"),
    (1, "solve graphs/xor.yaml -i x.csv -o no/such/o.csv", "no/such/o.csv: cannot create a file"),
    (1, "solve graphs/xor.yaml -i x.csv -o graphs", "graphs: cannot write the file"),
    (1, "solve graphs/xor.yaml -i x.csv -o x.csv", "would write over the file of --input"),
    (
      1, "train rewire.yaml",
      "the network that comes out, beside the output, would write over the file of the training file"
    ),
    (
      1, "bound graphs/xor.yaml -i x.csv --radius r.csv -o r.csv",
      "would write over the file of --radius"
    ),
    (1, "solve graphs/xor.yaml -i x.csv -o o.xlsx", "give a name that ends in .csv"),
    (1, "convert graphs/xor.yaml out.xyz", "the name does not tell the format; give --to, one of"),
    // Of files in the wrong place.
    (1, "solve x.csv -i graphs/xor.yaml", "--input names a graph file, not samples"),
    (1, "solve graphs/xor.yaml --inputs x.csv", "give samples with --input"),
    (1, "train graphs/xor.yaml", "this is a graph file, not a training file"),
    (1, "train x.csv", "it begins with \"format: cyclograd-training/1\""),
    (1, "study graphs/training/xor.yaml", "this is a training file, not a study file"),
    (1, "inspect graphs/training/xor.yaml", "this is a training file, not a graph file"),
    (1, "report training graphs/xor.yaml -o a.html", "this is a graph file, not a training file"),
    // Of files of other programs.
    (1, "report inspect model.pt -o r.html", "this is a PyTorch file"),
    (1, "solve book.xlsx", "book.xlsx"), (1, "report inspect broken.db -o r.html", "broken.db"),
    (1, "inspect broken.gml", "broken.gml:2: the graph that begins in line 1 has no end"),
    (1, "solve nothing.yaml", "the graph file is empty; it begins with"),
    (1, "solve empty.yaml", "the graph has no groups; add at least one"),
    // Of samples and neurons.
    (1, "solve graphs/xor.yaml -i words.csv", "words.csv:2:3: column \"c\": \"x\" is not a number"),
    (1, "solve graphs/xor.yaml -i x.csv --state x.csv", "2 columns for 2 samples and 4 units"),
    (1, "gradient graphs/xor.yaml -i x.csv --target x.csv", "for example with --target-columns"),
    (1, "solve edges.csv", "give --activation, --output-neurons"),
    (1, "inspect edges.csv --activation tan", "did you mean 'tanh'?"),
    (1, "inspect edges.csv --input-neurons ALMR", "did you mean 'ALML'?"),
    (1, "inspect edges.csv --input-neurons 7", "7 of 2 neurons are asked for; give 1 to 2"),
  ])
  func message(_ status: Int32, _ call: String, _ words: String) throws {
    let run = try scratch().run(call.split(separator: " ").map(String.init))
    #expect(run.status == status, "\(call): \(run.errors)")
    #expect(run.errors.contains(words), "\(call): \(run.errors)")
    #expect(run.output.isEmpty, "\(call)")
    if status == 1 {
      #expect(run.errors.split(separator: "\n").count == 1, "\(call): \(run.errors)")
    }
  }
}
