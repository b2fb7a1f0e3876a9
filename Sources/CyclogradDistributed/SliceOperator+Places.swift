#if PETSc
  import Cyclograd

  extension SliceOperator {
    /// Where this process works on a neuron of the file, if it does.
    func place(ofFileNumber neuron: Int) -> Int? {
      guard let numbers = redistribution?.fileNumbers else {
        return neurons.contains(neuron) ? neuron - neurons.lowerBound : nil
      }
      let place = numbers.partitioningIndex { Int($0) >= neuron }
      return place < numbers.count && Int(numbers[place]) == neuron ? place : nil
    }

    /// The number in the file of a neuron that this process works on.
    func fileNumber(_ place: Int) -> Int {
      redistribution.map { Int($0.fileNumbers[place]) } ?? neurons.lowerBound + place
    }
  }
#endif
