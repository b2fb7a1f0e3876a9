extension CopyUnrolling {
  func addRows(_ parts: inout NetworkParts) {
    let (first, last) = (unit(Self.original), unit(4))
    let rows = small.rows
    var columns = rows.columns
    for entry in Int(rows.starts[last])..<columns.count
    where columns[entry] >= Int32(neuron(Self.original + 1)) {
      columns[entry] += Int32(added * neurons)
    }
    var parameters = small.edgeParameter?.map(place) ?? []
    var starts = Array(rows.starts[..<last])
    var ends = Array(rows.starts[1...last])
    var shifts = [Int32](repeating: 0, count: last)
    for copy in 1...added {
      for index in 0..<units {
        let row = rows[first + index]
        shifts.append(Int32((copy + 1) * neurons))
        if isShared[index] {
          starts.append(Int32(row.lowerBound))
          ends.append(Int32(row.upperBound))
          continue
        }
        starts.append(Int32(columns.count))
        for entry in row {
          columns.append(rows.columns[entry])
          parameters.append(place(small.edgeParameter![entry], inCopy: copy))
          if let factors = small.factors { parts.factors?.edges.append(factors.edges[entry]) }
        }
        ends.append(Int32(columns.count))
      }
    }
    starts += rows.starts[last..<rows.count]
    ends += rows.starts[(last + 1)...]
    shifts += repeatElement(0, count: rows.count - last)
    parts.rows = TopologyRows(starts: starts, ends: ends, shifts: shifts, columns: columns)
    parts.edgeParameter = parameters
  }

  func addOutRows(_ parts: inout NetworkParts) {
    let (first, last) = (neuron(Self.original), neuron(4))
    let (next, lastUnit) = (unit(Self.original + 1), unit(4))
    let rows = small.outRows
    var columns = rows.columns
    var places = small.outPlaces
    let movedUnits = Int32(added * units)
    for k in 0..<rows.count where !(neuron(3)..<last ~= k) {
      for entry in rows[k] where columns[entry] >= Int32(lastUnit) { columns[entry] += movedUnits }
    }
    /// Where an entry of W's row of a unit stands in a copy, the added ones from 1, that has rows of its own.
    func place(_ entry: Int32, _ index: Int, from row: Int, inCopy copy: Int) -> Int32 {
      if isShared[index] { return entry }
      let start = parts.rows.starts[lastUnit + (copy - 1) * units + index]
      return start + entry - small.rows.starts[row]
    }
    // The fourth copy feeds the first of those that are put in.
    for k in neuron(3)..<last {
      for entry in rows[k] where columns[entry] >= Int32(lastUnit) {
        let row = Int(columns[entry])
        places[entry] = place(places[entry], row - lastUnit, from: row, inCopy: 1)
      }
    }
    var starts = Array(rows.starts[..<last])
    var ends = Array(rows.starts[1...last])
    var shifts = [Int32](repeating: 0, count: last)
    for copy in 1...added {
      for index in 0..<neurons {
        let row = rows[first + index]
        shifts.append(Int32((copy + 1) * units))
        if row.allSatisfy({ isShared[(Int(rows.columns[$0]) - firstUnit) % units] }) {
          starts.append(Int32(row.lowerBound))
          ends.append(Int32(row.upperBound))
          continue
        }
        starts.append(Int32(columns.count))
        for entry in row {
          let target = Int(rows.columns[entry])
          columns.append(rows.columns[entry])
          places.append(
            place(
              small.outPlaces[entry], (target - firstUnit) % units, from: target,
              inCopy: target < next ? copy : copy + 1))
        }
        ends.append(Int32(columns.count))
      }
    }
    starts += rows.starts[last..<rows.count]
    ends += rows.starts[(last + 1)...]
    shifts += repeatElement(0, count: rows.count - last)
    parts.outRows = TopologyRows(starts: starts, ends: ends, shifts: shifts, columns: columns)
    parts.outPlaces = places
  }

  func addBiases(_ parts: inout NetworkParts) {
    let (first, last) = (unit(Self.original), unit(4))
    parts.biasParameter = small.biasParameter[..<last].map(place)
    for copy in 1...added {
      for bias in small.biasParameter[first..<first + units] {
        parts.biasParameter.append(place(bias, inCopy: copy))
      }
    }
    parts.biasParameter += small.biasParameter[last...].map(place)
    guard let factors = small.factors?.biases else { return }
    let added = repeatElement(factors[first..<first + units], count: added).joined()
    parts.factors?.biases = factors[..<last] + Array(added) + factors[last...]
  }
}
