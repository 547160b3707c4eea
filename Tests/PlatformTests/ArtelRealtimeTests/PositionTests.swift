import Testing

@testable import ArtelRealtime

@Suite struct PositionTests {
  @Test func `a position survives the way to a client and back`() {
    var position = Position()
    position["gallery"] = .init(epoch: "a1", point: LogPoint(xid: 12, id: 3))
    position["accounts"] = .init(epoch: "b2", point: LogPoint(xid: 4, id: 0))

    #expect(position.text == "accounts.b2.4.0~gallery.a1.12.3")
    #expect(Position(position.text) == position)
  }

  @Test(
    arguments: [
      "", "gallery", "gallery.a1.1", "gallery.a1.1.2.3", "gallery.a1.-1.2", "gallery.a1.+1.2",
      "gallery.a1.x.2", "gallery.a1.1.99999999999999999999", "gallery.a1.1.2~",
      "gallery.a1.1.2~gallery.a1.1.3", String(repeating: "g", count: 3000),
    ]
  )
  func `what is no position is not read as one`(_ text: String) {
    #expect(Position(text) == nil)
  }

  @Test func `a transaction comes before a number`() {
    #expect(LogPoint(xid: 1, id: 9) < LogPoint(xid: 2, id: 0))
    #expect(LogPoint(xid: 2, id: 0) < LogPoint(xid: 2, id: 1))
  }
}
