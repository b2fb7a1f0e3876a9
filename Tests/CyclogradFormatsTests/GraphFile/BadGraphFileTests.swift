import Cyclograd
import CyclogradFormats
import Testing

/// A graph file with something wrong in it, and what the reader should say.
struct BadFile: Sendable, CustomTestStringConvertible {
  let text: String
  let line: Int
  let column: Int
  let message: [String]

  var testDescription: String { text.debugDescription }

  init(_ text: String, _ line: Int, _ column: Int, _ message: String...) {
    self.text = text
    self.line = line
    self.column = column
    self.message = message
  }

  /// The text follows the line that names the format.
  static func after(_ text: String, _ line: Int, _ column: Int, _ message: String...) -> BadFile {
    BadFile("format: cyclograd/1\n" + text, line, column, messages: message)
  }

  /// The text stands in the mapping of a group, which begins at column 10 of line 2.
  static func group(_ text: String, _ column: Int, _ message: String...) -> BadFile {
    BadFile(
      "format: cyclograd/1\ngroups: [{name: h, \(text)}]", 2, column, messages: message)
  }

  /// The text stands in the mapping of a connection, which begins at column 15 of line 2.
  static func connection(_ text: String, _ column: Int, _ message: String...) -> BadFile {
    BadFile(
      "format: cyclograd/1\nconnections: [{from: x, to: h, \(text)}]", 2, column,
      messages: message)
  }

  private init(_ text: String, _ line: Int, _ column: Int, messages: [String]) {
    self.text = text
    self.line = line
    self.column = column
    message = messages
  }
}

@Suite struct BadGraphFileTests {
  private func check(_ file: BadFile) {
    guard let error = failure(file.text) else { return }
    #expect(error.location.file == "g.yaml")
    #expect([error.location.line, error.location.column] == [file.line, file.column], "\(error)")
    for part in file.message { #expect(error.description.contains(part), "\(error)") }
  }

  @Test(arguments: [
    BadFile("", 1, 1, "empty"),
    BadFile("# only a comment\n", 1, 1, "empty"),
    BadFile("just a sentence", 1, 1, "must be a mapping", "'just a sentence'"),
    BadFile("\"quoted\"", 1, 1, "must be a mapping", "the text \"quoted\""),
    BadFile("- a\n- b", 1, 1, "must be a mapping, not a list"),
    BadFile("name: n", 1, 1, "does not say its format", "format: cyclograd/1"),
    BadFile("format: cyclograd/2", 1, 9, "unknown format 'cyclograd/2'", "reads cyclograd/1"),
    BadFile("format: [1]", 1, 9, "the format must be a word, not a list"),
    .after("nmae: n", 2, 1, "unknown key 'nmae'", "did you mean 'name'?"),
    .after("weights: n", 2, 1, "unknown key 'weights'", "known are format, name"),
    .after("name: [n]", 2, 7, "the name must be a word, not a list"),
    .after("name:\nseed: 1", 2, 6, "the name has no value"),
    .after("seed: -1", 2, 7, "between 0 and 18446744073709551615"),
    .after("seed: 1.5", 2, 7, "must be an integer, not '1.5'"),
    .after("groups: 5", 2, 9, "'groups' must be a list, not '5'"),
    .after("groups:\n  name: x", 3, 3, "'groups' must be a list, not a mapping"),
    .after("groups:\n  - x", 3, 5, "a group must be a mapping, not 'x'"),
    .after("edges: [5]", 2, 9, "an edge must be a list, not '5'"),
    .after("name: a\nname: b", 2, 1, "the same key twice", "'name'"),
    .after("inputs: x", 2, 9, "'inputs' must be a list"),
    .after("inputs: [x.1..0]", 2, 10, "ends before it begins"),
    .after("inputs: [x.3a]", 2, 10, "'x.3a' names no neurons", "x.3a", "group.0..7"),
    .after("outputs: [x.0...1]", 2, 11, "names no neurons"),
    .after("outputs: [x y]", 2, 11, "'x y' cannot be the name of a group"),
    .after("groups:\n\t- {name: x}", 3, 1, "cannot start any token"),
    .after("groups: [{name: x, size: 1}", 3, 1, "flow sequence"),
    .after("name: 'open", 2, 12, "unexpected end of stream"),
    .after("name: a\n---\nname: b", 3, 1, "another document"),
    .after("name: null", 2, 7, "the name has no value"),
    .after("!a name: a\n!b name: b", 2, 1, "the tag !a is not supported"),
    .after("? name\n: a\n? \"name\"\n: b", 2, 3, "the same key twice"),
    .after("name: !!int x", 2, 7, "tag"),
    .after("groups: !special []", 2, 9, "tag"),
    .after("seed: !!int 5", 2, 7, "tag"),
    .after("seed: !!str 5", 2, 7, "tag"),
    .after("seed: ! 5", 2, 7, "tag"),
  ])
  func top(_ file: BadFile) { check(file) }

  @Test(arguments: [
    BadFile.group("sise: 2", 20, "unknown key 'sise' in a group", "did you mean 'size'?"),
    .group("bias: 0", 10, "group 'h' needs one of 'size', 'shape'"),
    .group("size: 1, shape: [1, 1]", 36, "'shape' beside 'size'"),
    .group("size: 2.5", 26, "must be an integer, not '2.5'"),
    .group("size: -3", 26, "between 1 and 2147483647, not be -3"),
    .group("size: 0", 26, "between 1 and 2147483647"),
    .group("size: 99999999999999999999", 26, "between 1 and 2147483647"),
    .group("size: 1e3", 26, "must be an integer, not '1e3'"),
    .group("size: 0x10", 26, "must be an integer, not '0x10'"),
    .group("size: 010", 26, "must not begin with a zero"),
    .group("size: \"3\"", 26, "must be an integer, not the text \"3\""),
    .group("size: +-3", 26, "must be an integer"),
    .group("size: ", 26, "nothing is there"),
    .group("shape: 5", 27, "must be a list, not '5'"),
    .group("shape: []", 27, "[rows, columns] or [channels, rows, columns]"),
    .group("shape: [1, 2, 3, 4]", 27, "[rows, columns] or [channels, rows, columns]"),
    .group("shape: [100000, 100000]", 27, "more than 2147483647 neurons"),
    .group(
      "shape: [2147483647, 2147483647, 2147483647]", 27, "more than 2147483647 neurons"),
    .group("size: 1, role: inptu", 35, "unknown role 'inptu'", "did you mean 'input'?"),
    .group("size: 1, role: [input, input]", 43, "same role twice"),
    .group("size: 1, activation: tanhh", 41, "unknown activation", "did you mean 'tanh'?"),
    .group("size: 1, activation: quartic", 41, "known are identity, logistic"),
    .group("size: 1, activation: leaky_relu", 41, "did you mean 'leaky-relu'?"),
    .group("size: 1, activation: {tanh: 1}", 41, "'tanh' has no constants"),
    .group("size: 1, activation: {leakyrelu: 1}", 42, "did you mean 'leaky-relu'?"),
    .group("size: 1, activation: {elu: 1, clamp: [0, 1]}", 41, "mapping with one entry"),
    .group("size: 1, activation: {elu: x}", 47, "must be a number, not 'x'"),
    .group("size: 1, activation: {clamp: [1]}", 49, "a list of 2 numbers, not of 1"),
    .group("size: 1, activation: {clamp: [1, 0]}", 49, "exceeds the upper"),
    .group("size: 1, combine: max", 38, "'combine' is for a group with 'units'"),
    .group("size: 1, units: []", 36, "has no units"),
    .group("size: 1, units: [{}], bias: 1", 48, "'bias' belongs into them"),
    .group("size: 1, units: [{}], activation: tanh", 54, "'activation' belongs into them"),
    .group("size: 1, units: [{name: u}]", 38, "unknown key 'name' in a unit"),
    .group("size: 1, combine: sum, units: [{}]", 38, "unknown combination 'sum'"),
    BadFile(
      "format: cyclograd/1\ngroups: [{name: a.3, size: 1}]", 2, 17,
      "'a.3' cannot be the name", "begins with a letter or _"),
    BadFile("format: cyclograd/1\ngroups: [{name: 3a, size: 1}]", 2, 17, "'3a' cannot be"),
    BadFile("format: cyclograd/1\ngroups: [{name: \"\", size: 1}]", 2, 17, "cannot be"),
    BadFile("format: cyclograd/1\ngroups: [{size: 1}]", 2, 10, "the group has no 'name'"),
  ])
  func groups(_ file: BadFile) { check(file) }

  @Test(arguments: [
    BadFile.group("size: 1, bias: .nan", 35, "a bias is not finite: .nan"),
    .group("size: 1, bias: -.inf", 35, "a bias is not finite: -.inf"),
    .group("size: 1, bias: inf", 35, "not finite"),
    .group("size: 1, bias: 1e400", 35, "not finite: 1e400 is too large"),
    .group("size: 1, bias: -1e999999999999999999999", 35, "is too large"),
    .group("size: 1, bias: \"0.5\"", 35, "a bias must be a number, not the text \"0.5\""),
    .group("size: 1, bias: 0x1p3", 35, "a bias must be a number, not '0x1p3'"),
    .group("size: 1, bias: 1_000", 35, "a bias must be a number"),
    .group("size: 1, bias: 1e", 35, "a bias must be a number"),
    .group("size: 1, bias: [1, nan]", 39, "not finite"),
    .group("size: 1, bias: [1, [2]]", 39, "must be a number, not a list"),
    .group("size: 1, bias: {valeu: 1}", 36, "unknown key 'valeu'", "did you mean 'value'?"),
    .group("size: 1, bias: {value: 1, normal: 2}", 54, "'normal' beside 'value'"),
    .group("size: 1, bias: {single: 1, value: 2}", 54, "'value' beside 'single'"),
    .group("size: 1, bias: {single: {single: 1}}", 45, "unknown key 'single'"),
    .group("size: 1, bias: {single: {scaled: fan-in}}", 44, "needs one of 'value', 'uniform'"),
    .group("size: 1, bias: {entries: []}", 45, "a bias has no 'entries'"),
    .group("size: 1, bias: {value: {value: 1}}", 43, "a number or a list, not a mapping"),
    .group("size: 1, bias: {value: 1, scaled: fan-in}", 54, "'uniform' and 'normal' only"),
    .group("size: 1, bias: {scaled: fan-in}", 44, "needs 'uniform' or 'normal'"),
    .group("size: 1, bias: {single: 1, scaled: fan-in}", 55, "inside 'single'"),
    .group("size: 1, bias: {normal: 1, scaled: fan-out}", 55, "unknown scaling 'fan-out'"),
    .group("size: 1, bias: {normal: -1}", 44, "standard deviation is negative"),
    .group("size: 1, bias: {uniform: [1, -1]}", 45, "exceeds the upper"),
    .group("size: 1, bias: {uniform: 1}", 45, "'uniform' must be a list, not '1'"),
    .group("size: 1, bias: {uniform: [1, 2, 3]}", 45, "a list of 2 numbers, not of 3"),
    .group("size: 1, bias: {value: 1, trainable: yes}", 57, "true or false, not 'yes'"),
    .group("size: 1, bias: {value: 1, trainable: \"true\"}", 57, "true or false, not the text"),
    .group("size: 1, bias: {share: \"\"}", 43, "'share' is empty"),
    .group("size: 1, bias: {file: \"\"}", 42, "cannot be the name of a file"),
    .group("size: 1, bias: {file: \"a\\0b\"}", 42, "cannot be the name of a file"),
    .group("size: 1, bias: {<<: {value: 1}}", 36, "merging with << is not supported"),
  ])
  func parameters(_ file: BadFile) { check(file) }

  @Test(arguments: [
    BadFile.connection("pattren: all", 32, "unknown key 'pattren'", "did you mean 'pattern'?"),
    .connection("pattern: al", 41, "unknown pattern 'al'", "did you mean 'all'?"),
    .connection("pattern: random", 41, "needs something to go with it", "{random: …}"),
    .connection("pattern: {random: 0.5, in-degree: 1}", 41, "a mapping with one entry"),
    .connection("pattern: {}", 41, "a mapping with one entry"),
    .connection("pattern: {random: 1.5}", 50, "between 0 and 1"),
    .connection("pattern: {in-degree: -1}", 53, "between 0 and"),
    .connection("pattern: {neighborhood: {}}", 56, "a neighborhood has no 'kernel'"),
    .connection("pattern: {neighborhood: {kernel: 3}}", 65, "must be a list, not '3'"),
    .connection("pattern: {neighborhood: {kernel: [3]}}", 65, "[rows, columns], not a list of 1"),
    .connection("pattern: {neighborhood: {kernel: [3, 0]}}", 69, "between 1 and"),
    .connection(
      "pattern: {neighborhood: {kernel: [3, 3], boundary: mirror}}", 83, "unknown boundary"),
    .connection("pattern: {neighbourhood: {kernel: [3, 3]}}", 42, "mean 'neighborhood'?"),
    .connection("pattern: {entries: [[0]]}", 52, "[to, from] or [to, from, weight]"),
    .connection("pattern: {entries: [[0, 1], [0, 2, 3]]}", 60, "like those before it"),
    .connection("pattern: {entries: [[0, -1]]}", 56, "between 0 and"),
    .connection("self: true", 38, "'self' is for a connection of a group with itself"),
    .connection("weight: {value: 1, share: a}, share: b", 69, "already said in 'weight'"),
    .connection(
      "weight: {value: 1, trainable: true}, trainable: true", 80, "already said in 'weight'"),
    .connection("weight: {entries: [[0, 1]]}", 51, "must be [to, from, weight]"),
    .connection("unit: -1", 38, "the unit must lie between 0 and"),
    .after("connections: [{to: x}]", 2, 15, "the connection has no 'from'"),
    .after("edges: [[x.0]]", 2, 9, "must be [source, target, weight, {…}]"),
    .after("edges: [[x.0, y.0, 1, {}, 2]]", 2, 9, "must be [source, target, weight, {…}]"),
    .after("edges: [[x, y.0]]", 2, 10, "'x' names no neuron", "group.index"),
    .after("edges: [[x.0, y.00]]", 2, 15, "'y.00' names no neuron"),
    .after("edges: [[x.0, y.-1]]", 2, 15, "'y.-1' names no neuron"),
    .after("edges: [[x.0, y.0.1]]", 2, 15, "names no neuron"),
    .after("edges: [[x.0, y.99999999999999999999]]", 2, 15, "names no neuron"),
    .after("edges: [[x.0, y.0, .inf]]", 2, 20, "the weight of an edge is not finite"),
    .after("edges: [[x.0, y.0, {}, 1]]", 2, 20, "an edge ends with its options"),
    .after("edges: [[x.0, y.0, 1, {weight: 2}]]", 2, 32, "a weight already, at column 20"),
    .after("edges: [[x.0, y.0, {wieght: 2}]]", 2, 21, "did you mean 'weight'?"),
    .after("edges: [[x.0, y.0, {weight: {file: f}}]]", 2, 20, "cannot come from a file"),
  ])
  func connectionsAndEdges(_ file: BadFile) { check(file) }
}
