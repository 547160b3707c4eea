import ArtelEvents
import ArtelPostgres
import ArtelTesting
import Logging
import Synchronization
import Testing

@Suite("Following a log in memory")
struct FollowingTests {
  /// What a follower was told, in order.
  private final class Diary: Sendable {
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
}
