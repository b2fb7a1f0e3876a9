import TestSupport
import Testing

@testable import Cyclograd

@Suite("Results that are stored by number")
struct OrderedResultsTests {
  @Test("They come in the order of their numbers")
  func order() {
    let results = OrderedResults<Int>(count: 3)
    for index in [2, 0, 1] { results.set(index, 10 * index) }
    #expect(results.all == [0, 10, 20])
  }

  @Test("One that was not stored does not give its place to the next", .tags(.slow), .unlessFast)
  func missing() async {
    await #expect(processExitsWith: .failure) {
      let results = OrderedResults<Int>(count: 3)
      for index in [0, 2] { results.set(index, index) }
      _ = results.all
    }
  }
}
