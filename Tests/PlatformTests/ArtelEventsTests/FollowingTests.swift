import ArtelPostgres
import ArtelTesting
import Logging
import Synchronization
import Testing

@testable import ArtelEvents

@Suite("Following a log in memory")
struct FollowingTests {
  /// What a follower was told, in order.
  final class Diary: Sendable {
    private let state = Mutex<(began: Bool, letters: [Int])>((false, []))

    var hasBegun: Bool { state.withLock { $0.began } }
    var letters: [Int] { state.withLock { $0.letters } }

    func begin() {
      state.withLock { $0.began = true }
    }

    func note(_ entry: EventEntry) {
      guard let letter = try? entry.payload?.decode(LetterSent.self) else { return }
      state.withLock { $0.letters.append(letter.number) }
    }
  }

  private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  private func follow(_ office: PostOffice, _ diary: Diary) -> Task<Void, Never> {
    let log = office.log
    return Task {
      await log.follow([LetterSent.name], logger: Self.silent) {
        diary.begin()
      } _: { entry in
        diary.note(entry)
      }
    }
  }

  @Test func `tells every follower of what is published from now on`() async throws {
    let office = try await PostOffice.make()
    try await office.send(LetterSent(to: "ada", number: 1))
    let diaries = [Diary(), Diary()]
    let followers = diaries.map { follow(office, $0) }
    try await eventually("both have begun") { diaries.allSatisfy(\.hasBegun) }

    try await office.source.database.transaction { tx in
      try await tx.publish(StampSold(price: 3))
      try await tx.publish(LetterSent(to: "ada", number: 2))
    }
    try await office.send(LetterSent(to: "grace", number: 3))

    // Letter 1 may be told, too: other tests' transactions on this cluster may be older than it.
    try await eventually("both know") { diaries.allSatisfy { $0.letters.suffix(2) == [2, 3] } }
    for follower in followers { follower.cancel() }
    for follower in followers { await follower.value }
    try await office.close()
  }

  // Fails when end() takes the last entry for the beginning: letter 1, whose transaction began before
  // letter 2's and ends after the follower has begun, is never told.
  @Test func `tells of what a transaction published that is older than the beginning`() async throws
  {
    let office = try await PostOffice.make()
    let diary = Diary()

    let follower = try await office.source.database.transaction { tx in
      try await tx.publish(LetterSent(to: "ada", number: 1))
      try await office.send(LetterSent(to: "grace", number: 2))
      let follower = follow(office, diary)
      try await eventually("it has begun") { diary.hasBegun }
      return follower
    }

    try await eventually("it knows") { diary.letters == [1, 2] }
    follower.cancel()
    await follower.value
    try await office.close()
  }

  // Fails with the oldest running transaction as the end: a PostgreSQL that is killed before it wrote down
  // that those three ended gives their numbers again, to events that are then never told.
  @Test func `begins behind the last entry, whatever ended since`() async throws {
    let office = try await PostOffice.make()
    try await office.send(LetterSent(to: "ada", number: 1))
    let last = try await settled(office)

    for _ in 1...3 { _ = try await office.source.write("select pg_current_xact_id()") }

    #expect(try await office.log.end() == last)
    try await office.close()
  }

  /// The position of the last entry, once no older transaction runs.
  private func settled(_ office: PostOffice) async throws -> EventPosition {
    var last: EventPosition?
    try await eventually("no older transaction runs") {
      let stretch = try await office.log.entries(after: .beginning, limit: 10)
      last = stretch.isUnsettled ? nil : stretch.entries.last?.position
      return last != nil
    }
    return try #require(last)
  }
}
