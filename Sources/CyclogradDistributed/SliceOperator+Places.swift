#if PETSc
  import Cyclograd

  extension SliceOperator {
    /// Where this process works on a neuron of the file, if it does.
    func place(ofFileNumber neuron: Int) -> Int? {
      guard let numbers = redistribution?.fileNumbers else {
        return neurons.contains(neuron) ? neuron - neurons.lowerBound : nil
      }
      let place = numbers.indices.partitioned { Int(numbers[$0]) >= neuron }
      return place < numbers.count && Int(numbers[place]) == neuron ? place : nil
    }

    /// The number in the file of a neuron that this process works on.
    func fileNumber(_ place: Int) -> Int {
      redistribution.map { Int($0.fileNumbers[place]) } ?? neurons.lowerBound + place
    }
  }

  extension Range<Int> {
    /// The first number for which a condition holds, which holds from there on.
    fileprivate func partitioned(_ holds: (Int) -> Bool) -> Int {
      var (low, high) = (lowerBound, upperBound)
      while low < high {
        let middle = (low + high) / 2
        if holds(middle) { high = middle } else { low = middle + 1 }
      }
      return low
    }
  }
#endif
