import Foundation

/// The elements of an explorable network, and its data.
enum MapMarkup {
  static func html(_ map: NetworkMap) -> String {
    let title = Markup.escaped(map.title)
    return """
      <div class="explorer" id="network-explorer">
      <div class="tools" role="group" aria-label="Search and view">
      <label>Search <input type="search" class="search" autocomplete="off" spellcheck="false"/></label>
      <ul class="hits" aria-label="Neurons found"></ul>
      <label>Colour <select class="colour"></select></label>
      <label>Size <select class="size"></select></label>
      <button type="button" class="nearer" aria-label="Zoom in">+</button>
      <button type="button" class="farther" aria-label="Zoom out">−</button>
      <button type="button" class="fit">Fit</button>
      <button type="button" class="fold">Fold groups</button>
      <button type="button" class="save-svg">Save SVG</button>
      <button type="button" class="save-png">Save PNG</button>
      </div>
      <div class="tools" role="group" aria-label="Which edges and neurons are shown">
      <label>|weight| from <input type="range" class="least" min="0" max="1000" value="0"/>
      <output class="least-value">0</output></label>
      <label>Sign <select class="sign"><option value="0">both</option><option value="1">positive</option>\
      <option value="-1">negative</option></select></label>
      <label>Group <select class="group"></select></label>
      <label>Component <select class="component"></select></label>
      <label>Path to <input type="text" class="goal" autocomplete="off" spellcheck="false"/></label>
      <button type="button" class="path">Show path</button>
      <button type="button" class="cycle">Show cycle</button>
      </div>
      <div class="stage"><canvas tabindex="0" role="img" aria-label="\(title). Arrow keys move, plus and \
      minus zoom, 0 fits, brackets go from neuron to neuron, Escape ends the selection."></canvas>
      <p class="counts" aria-live="off"></p></div>
      <div class="key" aria-hidden="true"></div>
      <section class="about" aria-live="polite" aria-label="The selected neuron"><p>Select a neuron by a click, \
      by a search, or with the keys [ and ] once the picture has the focus; the wheel zooms then, too.</p></section>
      <pre hidden="hidden" class="data">\(data(map))</pre>
      </div>

      """
  }

  /// Numbers as base64 of little-endian arrays; names as JSON, which is text to XML.
  private static func data(_ map: NetworkMap) -> String {
    var starts = [UInt32](repeating: 0, count: map.neurons.count + 1)
    for edge in map.edges { starts[Int(edge.source) + 1] += 1 }
    for index in map.neurons.indices { starts[index + 1] += starts[index] }
    func column(_ value: (NetworkMap.Neuron) -> Double) -> JSONValue {
      .string(base64(map.neurons.map { Float(value($0)) }))
    }
    func whole(_ value: (NetworkMap.Neuron) -> Int) -> JSONValue {
      .string(base64(map.neurons.map { Int32(value($0)) }))
    }
    func text(_ name: String) -> JSONValue { .string(Markup.visible(name)) }
    let content = JSONValue.object([
      ("names", .list(map.neurons.map { text($0.name) })),
      (
        "groups",
        .list(
          map.groups.map {
            .object([
              ("name", text($0.name)), ("activation", text($0.activation)),
              ("input", .boolean($0.role.contains(.input))),
              ("output", .boolean($0.role.contains(.output))),
            ])
          })
      ),
      ("components", .list(map.components.map { .integer($0) })),
      (
        "clusters",
        .list(
          map.clusters.clusters.map {
            .object([("name", text($0.name)), ("parent", .integer($0.parent ?? -1))])
          })
      ),
      ("closed", .boolean(map.beginsClosed)),
      ("x", column(\.x)), ("y", column(\.y)), ("bias", column(\.bias)),
      ("activation", column(\.activation)), ("slope", column(\.slope)),
      ("sensitivity", column(\.sensitivity)), ("centrality", column(\.centrality)),
      ("group", whole(\.group)), ("component", whole { $0.component ?? -1 }),
      ("cluster", .string(base64(map.clusters.ofNeuron))),
      ("starts", .string(base64(starts))), ("targets", .string(base64(map.edges.map(\.target)))),
      ("weights", .string(base64(map.edges.map(\.weight)))),
    ])
    return Markup.entities(content.line)
  }

  private static func base64<Element>(_ values: [Element]) -> String {
    values.withUnsafeBytes { Data($0).base64EncodedString() }
  }
}
