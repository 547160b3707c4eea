import Testing

@testable import ArtelRealtime

@Suite struct JoiningTests {
  @Test func `who begins anew follows live at once`() {
    var joining = Joining<Int>(after: nil, listeningFrom: LogPoint(xid: 9, id: 0))

    #expect(joining.next == nil)
    #expect(joining.arrived(1) == 1)
  }

  @Test func `who missed nothing follows live at once`() {
    let here = LogPoint(xid: 9, id: 0)

    #expect(Joining<Int>(after: here, listeningFrom: here).next == nil)
  }

  @Test func `what arrives while pages are read comes behind the last page`() {
    var joining = Joining<Int>(
      after: LogPoint(xid: 1, id: 0),
      listeningFrom: LogPoint(xid: 9, id: 0)
    )

    #expect(joining.arrived(10) == nil)
    joining.sent(through: LogPoint(xid: 4, id: 0), isLast: false)
    #expect(joining.next?.after == LogPoint(xid: 4, id: 0))
    #expect(joining.next?.through == LogPoint(xid: 9, id: 0))
    #expect(joining.arrived(11) == nil)
    joining.sent(through: LogPoint(xid: 9, id: 0), isLast: true)
    #expect(joining.next == nil)
    #expect(joining.arrived(12) == nil)
    #expect(joining.follow() == [10, 11, 12])
    #expect(joining.arrived(13) == 13)
  }

  /// Every order in which pages are read and entries arrive. Rests on holding what arrives live; otherwise
  /// then the order is wrong in most of the rounds.
  @Test(arguments: 0..<200)
  func `nothing is missed and nothing doubled in any order of events`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let known = Int.random(in: 0...30, using: &random)
    var read = known + Int.random(in: 0...30, using: &random)
    var joining = Joining<[Int]>(
      after: LogPoint(xid: known, id: 0),
      listeningFrom: LogPoint(xid: read, id: 0)
    )
    var told: [Int] = []
    while read < 100 || !joining.isFollowing {
      if let next = joining.next, Bool.random(using: &random) || read >= 100 {
        let end = min(next.through.xid, next.after.xid + Int.random(in: 1...7, using: &random))
        if next.after.xid < end { told += Array(next.after.xid + 1...end) }
        let isLast = end == next.through.xid
        joining.sent(through: LogPoint(xid: end, id: 0), isLast: isLast)
      } else if joining.next == nil, !joining.isFollowing,
        Bool.random(using: &random) || read >= 100
      {
        told += joining.follow().flatMap(\.self)
      } else if read < 100 {
        let end = min(100, read + Int.random(in: 1...5, using: &random))
        told += joining.arrived(Array(read + 1...end)) ?? []
        read = end
      }
    }
    #expect(told == Array(known + 1..<101))
  }
}
